//! The program: options, wiring, exit codes. 0 after a stop, 1 when serving is impossible or the
//! stop was forced, 2 when the command line is wrong.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use papo_server::conn::Naming;
use papo_server::dialect::words::console::{Console, console};
use papo_server::hub::Before;
use papo_server::limits::{
    FEED_BYTES, HISTORIES_EIGHTHS, RESERVED_DESCRIPTORS, UNASKED_NAME_WITHIN,
};
use papo_server::net::listen;
use papo_server::net::listen::{Listener, Spec};
use papo_server::net::os::Os;
use papo_server::net::os::udp::Udp;
use papo_server::net::poller::Poller;
use papo_server::net::signals;
use papo_server::ops::announcement::Announcement;
use papo_server::ops::invitation::Invitation;
use papo_server::ops::logging;
use papo_server::ops::options;
use papo_server::ops::options::tls::Wanted;
use papo_server::ops::options::{Command, Data, Options};
use papo_server::ops::privileges;
use papo_server::ops::systemd;
use papo_server::store::accounts::{Accounts, Owner, Password, Stored};
use papo_server::store::archive;
use papo_server::store::archive::Archive;
use papo_server::store::certificate;
use papo_server::store::certificate::{Certified, Source};
use papo_server::store::jobs::{Files, Workers};
use papo_server::store::motd;
use papo_server::store::rereader::Rereader;
use papo_server::turn::{Config, End, Server};

fn main() -> ExitCode {
    match options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Print(text)) => {
            // Not `print!`, which panics on a closed pipe. That is no failure; other errors are.
            match std::io::stdout().write_all(text.as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(
                    &format!("cannot write to standard output: {error}"),
                    ExitCode::FAILURE,
                ),
                _ => ExitCode::SUCCESS,
            }
        }
        Ok(Command::Export(export)) => match export.write(&mut std::io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => complain(&fault, ExitCode::FAILURE),
        },
        Ok(Command::Serve(options)) => match serve(*options) {
            Ok(End::Stopped) => ExitCode::SUCCESS,
            Ok(End::Forced) => ExitCode::FAILURE,
            Err(fault) => {
                // The reason is the last line, after everything the log's thread still has.
                logging::finish();
                complain(&fault, ExitCode::FAILURE)
            }
        },
        Err(fault) => complain(&format!("{fault}; try --help"), ExitCode::from(2)),
    }
}

fn serve(mut options: Options) -> Result<End, String> {
    let signals = signals::catch().map_err(|error| format!("signals: {error}"))?;
    logging::start(options.log, options.quiet).map_err(|error| format!("log: {error}"))?;
    let (soft, limit) =
        signals::raise_descriptor_limit().map_err(|error| format!("descriptor limit: {error}"))?;
    let motd = match &options.motd {
        Some(path) => {
            motd::read(path).map_err(|error| format!("--motd {}: {error}", path.display()))?
        }
        None => Vec::new(),
    };
    let operators = match &options.admin_password {
        Some(path) => Some(
            Password::read(path)
                .map_err(|error| format!("--admin-password-file {}: {error}", path.display()))?,
        ),
        None => None,
    };
    // Root alone may be able to read the files; one of our own is for the user that the server becomes.
    let is_file = |wanted: &Wanted| matches!(wanted.source, Source::Files { .. });
    let of_files = certify(&options, is_file)?;
    let user = privileges::choose(options.user.as_deref())?;
    let mut sockets = bind(&mut options)?;
    if limit > soft {
        log::info!("descriptor limit {limit} (was {soft})");
    }
    let invitation = Invitation::new(&sockets.places, &options);
    let config = config(&options, &invitation, limit as usize, motd);
    if let Some(user) = user {
        privileges::drop_to(&user, options.data.path())?;
        log::info!("started as root, serving as {}", user.name);
    }
    if !try_data(&options.data)? {
        options.keep = None;
    }
    let poller = Poller::new().map_err(|error| format!("poller: {error}"))?;
    let (workers, kept, before) = start_workers(&options, operators, &poller)?;
    // In the directory that is locked by now.
    let certified = of_files.or(certify(&options, |wanted| !is_file(wanted))?);
    let listeners = std::mem::take(&mut sockets.listeners);
    let mut os =
        Os::new(poller, listeners, signals, workers).map_err(|error| format!("poller: {error}"))?;
    let start = announce(&sockets, &invitation, &kept, certified.as_ref(), &options);
    os.serve_datagrams(sockets.udp)
        .map_err(|error| format!("poller: {error}"))?;
    let mut server = Server::new(os, config);
    // Scripts wait for its first line, so nothing after it may fail.
    say(&start);
    if let (Some(wanted), Some(certified)) = (&options.tls, certified) {
        server.serve_tls(certified.identity, wanted.is_only);
    }
    server.set_kept(kept);
    server.begin_epochs(archive::random_epoch());
    if let Some(before) = before {
        server.begin_archive(before);
    }
    set_up(&mut server, &mut options);
    if server.sys().edit_console() {
        server.open_terminal();
    }
    systemd::ready();
    let announcement = Announcement::begin(&options, &invitation);
    let end = server.run().map_err(|error| format!("wait: {error}"));
    announcement.end();
    server.sys().close_archive();
    server.sys().leave_console();
    logging::finish();
    end
}

/// Whom else it serves, and whom it believes.
fn set_up(server: &mut Server<Os>, options: &mut Options) {
    server.open_directory(options.chattruco.take().map(|wanted| wanted.directory()));
    if options.metrics.is_some() {
        // Its listener follows all the others.
        server.serve_metrics(options.listen.len());
    }
    server.trust_proxies(std::mem::take(&mut options.proxies));
}

/// Starts the threads for everything that could block. Returns what they found.
fn start_workers(
    options: &Options,
    operators: Option<Password>,
    poller: &Poller,
) -> Result<(Workers, Stored, Option<Before>), String> {
    let done = poller.waker();
    let place = options.data.path();
    let (accounts, kept) = Accounts::open(place.to_owned(), operators, move || done.wake())
        .map_err(|error| format!("--data {}: {error}", place.display()))?;
    let files = read_again(options, poller).map_err(|error| format!("a thread: {error}"))?;
    let (archive, before) = match options.keep {
        Some(keep) => {
            let wrote = poller.waker();
            let bytes = options.memory / 8 * HISTORIES_EIGHTHS;
            let opened = Archive::open(place, keep, bytes, move || wrote.wake());
            let (archive, before) =
                opened.map_err(|error| format!("{error}; --keep off serves without it"))?;
            (Some(archive), Some(before))
        }
        None => (None, None),
    };
    Ok((Workers::new(accounts, files, archive), kept, before))
}

/// Reads the certificate for TLS, if one like that is wanted.
fn certify(options: &Options, is: impl Fn(&Wanted) -> bool) -> Result<Option<Certified>, String> {
    let wanted = options.tls.as_ref().filter(|wanted| is(wanted));
    wanted
        .map(|wanted| certificate::read(&wanted.source))
        .transpose()
}

/// Starts the threads that read files again at SIGHUP.
fn read_again(options: &Options, poller: &Poller) -> io::Result<Files> {
    let mut files = Files::default();
    if let Some(path) = options.motd.clone() {
        let waker = poller.waker();
        let read = move || motd::read(&path);
        files.motd = Some(Rereader::start("motd", read, move || waker.wake())?);
    }
    if let Some(wanted) = options.tls.clone() {
        let waker = poller.waker();
        let read = move || certificate::read(&wanted.source);
        files.certificate = Some(Rereader::start("tls", read, move || waker.wake())?);
    }
    Ok(files)
}

fn config(
    options: &Options,
    invitation: &Invitation,
    descriptors: usize,
    motd: Vec<String>,
) -> Config {
    // If descriptors are few, three of four are still for conns.
    let reserved = RESERVED_DESCRIPTORS.min(descriptors / 4);
    let affordable = descriptors.saturating_sub(reserved).max(1);
    let listeners = options.listen.iter();
    Config {
        listeners: listeners.map(|spec| spec.defaults(options.lang)).collect(),
        backlog: options.backlog,
        rate: options.rate,
        max_conns: options.max_conns.unwrap_or(affordable),
        per_address: options.per_address,
        per_minute: options.per_minute,
        memory: options.memory,
        feed_bytes: FEED_BYTES,
        motd,
        lang: options.lang,
        address: invitation.url.clone(),
        hosts: invitation.hosts(),
        quiet: options.quiet,
    }
}

/// If nothing can be stored, say so now and not to the first user who registers. Whether it can.
fn try_data(data: &Data) -> Result<bool, String> {
    match (privileges::can_write(data.path()), data) {
        (Ok(()), _) => {}
        (Err(fault), Data::Given(_)) => return Err(format!("--data {fault}")),
        (Err(fault), Data::Default(_) | Data::DefaultForRoot(_)) => {
            log::warn!("accounts and bans cannot be kept in {fault}, or say --data DIR");
            return Ok(false);
        }
    }
    Ok(true)
}

/// All sockets that clients can reach.
struct Sockets {
    /// Those of `--listen` in their order, then that of the metrics.
    listeners: Vec<Listener>,
    /// The address of each.
    places: Vec<SocketAddr>,
    udp: Option<Udp>,
}

/// Binds every address that was asked for.
fn bind(options: &mut Options) -> Result<Sockets, String> {
    let mut listeners = open_listeners(options)?;
    if let Some(place) = &options.metrics {
        let fault = |error| listen::explain("--metrics", place, &error);
        listeners.push(listen::listen(place).map_err(fault)?);
    }
    let places = listen::addresses(&listeners)
        .map_err(|error| format!("a listener has no address: {error}"))?;
    log_waits(&places, options);
    Ok(Sockets {
        listeners,
        places,
        udp: Udp::wanted(options.chattruco.as_ref().map(|wanted| &wanted.place))?,
    })
}

/// Listeners from the service manager, or else those of the options. The first one passed gets the
/// kind and language of the first `--listen`, and so on; any further ones are `auto`.
fn open_listeners(options: &mut Options) -> Result<Vec<Listener>, String> {
    let passed = systemd::listeners().map_err(|error| format!("LISTEN_FDS: {error}"))?;
    if !passed.is_empty() {
        options.listen.resize_with(passed.len(), Spec::default);
        return Ok(passed);
    }
    let open = |Spec { place, .. }: &Spec| {
        listen::listen(place).map_err(|error| listen::explain("--listen", place, &error))
    };
    options.listen.iter().map(open).collect()
}

/// Says which listeners wait long for a name.
fn log_waits(places: &[SocketAddr], options: &Options) {
    for (place, spec) in places.iter().zip(&options.listen) {
        if spec.defaults(options.lang).naming() == Naming::Unasked {
            let minutes = UNASKED_NAME_WITHIN.as_secs() / 60;
            log::info!("{place}: asks for no name, and waits {minutes} min until one comes");
        }
    }
}

/// The first lines on standard output: on a terminal a code to scan; all addresses, for scripts; then how others
/// join, and where accounts are stored.
fn announce(
    sockets: &Sockets,
    invitation: &Invitation,
    kept: &Stored,
    certified: Option<&Certified>,
    options: &Options,
) -> String {
    let (chats, metrics) = sockets.places.split_at(options.listen.len());
    let mut lines = String::new();
    if std::io::stdout().is_terminal() && !options.quiet {
        lines.extend(invitation.code(options.lang));
    }
    for address in chats {
        lines += &format!("papo-server: listening on {address}\n");
    }
    for address in metrics {
        lines += &format!("papo-server: metrics on http://{address}/metrics\n");
    }
    lines.extend(sockets.udp.as_ref().map(Udp::announcement));
    if options.seeds {
        lines += &options::seeds_table();
    }
    let emails = |owner: &&(Owner, _)| matches!(owner.0, Owner::Email(_));
    let emails = kept.owners.iter().filter(emails).count();
    let accounts = Console::Accounts {
        names: kept.owners.len() - emails,
        emails,
        place: options.data.path(),
        as_root: matches!(options.data, Data::DefaultForRoot(_)),
    };
    let file = archive::file_in(options.data.path());
    let keep = options.keep.map(|keep| keep.to_string());
    let archive = Console::Archive {
        keep: keep.as_deref(),
        place: Some(&*file).filter(|file| keep.is_some() || file.exists()),
    };
    let tls = certified.map(|certified| invitation.tls(&certified.fingerprint));
    let mut told = invitation.told();
    told.extend(tls);
    told.extend([accounts, archive]);
    for said in &told {
        lines += &(console(options.lang, said) + "\n");
    }
    lines
}

fn say(text: &str) {
    if let Err(error) = std::io::stdout().write_all(text.as_bytes()) {
        logging::cannot_show(&error);
    }
}

fn complain(fault: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "papo-server: {fault}");
    code
}
