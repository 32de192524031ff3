//! The program: options, wiring, exit codes. 0 after a stop, 1 when serving is impossible or the
//! stop was forced, 2 when the command line is wrong.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use papo_server::accounts::Password;
use papo_server::directory::Directory;
use papo_server::limits::{FEED_BYTES, RESERVED_DESCRIPTORS};
use papo_server::listen::{Listener, Spec};
use papo_server::options::{Command, Data, Options};
use papo_server::os::Os;
use papo_server::server::{Config, End, Server};
use papo_server::udp::Udp;
use papo_server::{listen, logging, motd, options, privileges, signals, systemd};

fn main() -> ExitCode {
    match options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Print(text)) => {
            // Not `print!`, which panics when the reader has gone: that is no failure, all else is.
            match std::io::stdout().write_all(text.as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(
                    &format!("cannot write to standard output: {error}"),
                    ExitCode::FAILURE,
                ),
                _ => ExitCode::SUCCESS,
            }
        }
        Ok(Command::Serve(options)) => match serve(*options) {
            Ok(End::Stopped) => ExitCode::SUCCESS,
            Ok(End::Forced) => ExitCode::FAILURE,
            Err(fault) => complain(&fault, ExitCode::FAILURE),
        },
        Err(fault) => complain(&format!("{fault}; try --help"), ExitCode::from(2)),
    }
}

fn serve(mut options: Options) -> Result<End, String> {
    let signals = signals::catch().map_err(|error| format!("signals: {error}"))?;
    logging::start(options.log).map_err(|error| format!("log: {error}"))?;
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
    let user = privileges::choose(options.user.as_deref())?;
    let sockets = bind(&mut options)?;
    log::info!("descriptor limit {limit} (was {soft})");
    // Where descriptors are few, three of four are for conns all the same.
    let reserved = RESERVED_DESCRIPTORS.min(limit as usize / 4);
    let affordable = (limit as usize).saturating_sub(reserved).max(1);
    let config = Config {
        listeners: options
            .listen
            .iter()
            .map(|spec| spec.manner(options.lang))
            .collect(),
        backlog: options.backlog,
        rate: options.rate,
        max_conns: options.max_conns.unwrap_or(affordable),
        per_address: options.per_address,
        per_minute: options.per_minute,
        memory: options.memory,
        feed_bytes: FEED_BYTES,
        motd,
    };
    if let Some(user) = user {
        privileges::drop_to(&user, options.data.path())?;
        log::info!("started as root, serving as {}", user.name);
    }
    try_data(&options.data)?;
    let mut os = Os::new(sockets.listeners, signals, options.motd)
        .map_err(|error| format!("poller: {error}"))?;
    let kept = os
        .open_accounts(options.data.path().to_owned(), operators)
        .map_err(|error| format!("--data {}: {error}", options.data.path().display()))?;
    if let Some(udp) = sockets.udp {
        os.serve_datagrams(udp)
            .map_err(|error| format!("poller: {error}"))?;
    }
    let mut server = Server::new(os, config);
    server.set_registered(kept.owners);
    server.set_bans(kept.bans);
    if options.chattruco.is_some() {
        server.open_directory(Directory::new(options.answer_to));
    }
    if options.metrics.is_some() {
        // Its listener comes after all the others.
        server.serve_metrics(options.listen.len());
    }
    systemd::ready();
    let end = server.run().map_err(|error| format!("wait: {error}"));
    logging::finish();
    end
}

/// Who will register in an hour shall not be the first to find out that it cannot be kept.
fn try_data(data: &Data) -> Result<(), String> {
    match (privileges::can_write(data.path()), data) {
        (Ok(()), _) => {}
        (Err(fault), Data::Said(_)) => return Err(format!("--data {fault}")),
        (Err(fault), Data::Usual(_)) => {
            log::warn!("accounts and bans cannot be kept in {fault}, or say --data DIR");
        }
    }
    Ok(())
}

/// All that somebody can reach.
struct Sockets {
    /// Those of the options in their order, then that of the metrics.
    listeners: Vec<Listener>,
    udp: Option<Udp>,
}

/// Take every address that was asked for, and say so.
fn bind(options: &mut Options) -> Result<Sockets, String> {
    let mut listeners = open_listeners(options)?;
    let chats = listeners.len();
    if let Some(place) = &options.metrics {
        listeners.push(listen::listen(place).map_err(|error| listen::explain(place, &error))?);
    }
    let udp = match &options.chattruco {
        Some(place) => Some(Udp::bind(place).map_err(|error| listen::explain(place, &error))?),
        None => None,
    };
    let addresses = listen::addresses(&listeners)
        .map_err(|error| format!("a listener has no address: {error}"))?;
    let (chats, metrics) = addresses.split_at(chats);
    announce(chats);
    for address in metrics {
        say(&format!(
            "papo-server: metrics on http://{address}/metrics\n"
        ));
    }
    if let Some(udp) = &udp {
        say(&format!(
            "papo-server: chattruco on {}/udp\n",
            udp.address()
        ));
    }
    if options.seeds {
        say(&options::seeds_table());
    }
    Ok(Sockets { listeners, udp })
}

/// Those that a service manager opened, or else as the options say. The first one passed is met as
/// the first `--listen` says, and so on; those beyond are for everybody.
fn open_listeners(options: &mut Options) -> Result<Vec<Listener>, String> {
    let passed = systemd::listeners().map_err(|error| format!("LISTEN_FDS: {error}"))?;
    if !passed.is_empty() {
        options.listen.resize_with(passed.len(), Spec::default);
        return Ok(passed);
    }
    let open = |Spec { place, .. }: &Spec| {
        listen::listen(place).map_err(|error| listen::explain(place, &error))
    };
    options.listen.iter().map(open).collect()
}

/// The first lines on standard output, for scripts to wait for.
fn announce(addresses: &[SocketAddr]) {
    let lines: String = addresses
        .iter()
        .map(|address| format!("papo-server: listening on {address}\n"))
        .collect();
    say(&lines);
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
