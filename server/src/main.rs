//! The program: options, wiring, exit codes. 0 after a stop, 1 when serving is impossible or the
//! stop was forced, 2 when the command line is wrong.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use papo_server::directory::Directory;
use papo_server::limits::{FEED_BYTES, RESERVED_DESCRIPTORS};
use papo_server::listen::Spec;
use papo_server::options::{Command, Options};
use papo_server::os::Os;
use papo_server::server::{Config, End, Server};
use papo_server::udp::Udp;
use papo_server::{listen, logging, motd, options, signals};

fn main() -> ExitCode {
    match options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Print(text)) => {
            // Not `print!`, which panics when the reader has gone.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Ok(Command::Serve(options)) => match serve(options) {
            Ok(End::Stopped) => ExitCode::SUCCESS,
            Ok(End::Forced) => ExitCode::FAILURE,
            Err(fault) => complain(&fault, ExitCode::FAILURE),
        },
        Err(fault) => complain(&format!("{fault}; try --help"), ExitCode::from(2)),
    }
}

fn serve(options: Options) -> Result<End, String> {
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
    let mut listeners = Vec::new();
    for Spec { place, .. } in &options.listen {
        let listener = listen::listen(place).map_err(|error| listen::explain(place, &error))?;
        listeners.push(listener);
    }
    let udp = match &options.chattruco {
        Some(place) => Some(Udp::bind(place).map_err(|error| listen::explain(place, &error))?),
        None => None,
    };
    announce(
        &listen::addresses(&listeners)
            .map_err(|error| format!("a listener has no address: {error}"))?,
    );
    if let Some(udp) = &udp {
        say(&format!(
            "papo-server: chattruco on {}/udp\n",
            udp.address()
        ));
    }
    if options.seeds {
        say(&options::seeds_table());
    }
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
        feed_bytes: FEED_BYTES,
        motd,
    };
    let mut os =
        Os::new(listeners, signals, options.motd).map_err(|error| format!("poller: {error}"))?;
    let registered = os
        .open_accounts(options.data.clone())
        .map_err(|error| format!("--data {}: {error}", options.data.display()))?;
    if let Some(udp) = udp {
        os.serve_datagrams(udp)
            .map_err(|error| format!("poller: {error}"))?;
    }
    let mut server = Server::new(os, config);
    server.set_registered(registered);
    if options.chattruco.is_some() {
        server.open_directory(Directory::new(options.answer_to));
    }
    let end = server.run().map_err(|error| format!("wait: {error}"));
    logging::finish();
    end
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
    // Who started the server with standard output closed does not want to read it.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn complain(fault: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "papo-server: {fault}");
    code
}
