//! Tells the network of this server (mDNS, `_papo._tcp`): who looks for papo there finds it. Threads of their
//! own send and answer; the loop knows nothing of them.
//!
//! It never stops the server: what fails is logged. Invariant: it speaks only on the interfaces at which others
//! may join (net/reach.rs), whichever these are at the moment.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, IfPredicate, Receiver, ServiceDaemon, ServiceInfo};

use crate::net::reach;
use crate::ops::invitation::Invitation;
use crate::ops::options::Options;

const SERVICE: &str = "_papo._tcp.local.";
/// What fits between two dots of a host's name.
const LABEL_BYTES: usize = 63;
/// How often interfaces are looked at: a laptop may come to another network.
const LOOK_EVERY_S: u32 = 15;
/// How long it may take until something was announced; three questions whether the name is taken go before it.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);
/// How long a stop waits until the network was told.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

/// The threads that announce, if they do.
pub struct Announcement(Option<ServiceDaemon>);

impl Announcement {
    /// Begins, if the operator wants it.
    pub fn begin(options: &Options, invitation: &Invitation) -> Announcement {
        let Some(name) = &options.announced else {
            return Announcement(None);
        };
        let announced = match invitation.listener_for_others() {
            Some(listener) => announce(name, listener, options.tls.is_some()),
            None => Err("the server listens on loopback, so nobody else can join".to_owned()),
        };
        let failed =
            |fault: &String| log::warn!("--announce: the network is told nothing: {fault}");
        Announcement(announced.inspect_err(failed).ok())
    }

    /// Tells the network that the server is gone.
    pub fn end(self) {
        let ended = self.0.and_then(|daemon| daemon.shutdown().ok());
        if let Some(ended) = ended {
            let _ = ended.recv_timeout(ENDS_WITHIN);
        }
    }
}

fn announce(name: &str, listener: SocketAddr, has_tls: bool) -> Result<ServiceDaemon, String> {
    let failed = |error: mdns_sd::Error| error.to_string();
    let mut about = vec![("path", "/"), ("version", env!("CARGO_PKG_VERSION"))];
    if has_tls {
        about.push(("tls", "1"));
    }
    let host = host(name, listener.port());
    let service = ServiceInfo::new(SERVICE, name, &host, "", listener.port(), &about[..]);
    let service = service.map_err(failed)?.enable_addr_auto();
    let daemon = ServiceDaemon::new().map_err(failed)?;
    let events = daemon.monitor().map_err(failed)?;
    let log = std::thread::Builder::new().name("announce".to_owned());
    let own_name = name.to_owned();
    log.spawn(move || log_events(&own_name, &events))
        .map_err(|error| error.to_string())?;
    let is_told = IfPredicate::new(move |interface| {
        serves(listener.ip(), interface.ip()) && reach::interfaces().contains(&interface.name)
    });
    daemon
        .set_ip_check_interval(LOOK_EVERY_S)
        .and_then(|()| daemon.disable_interface(IfKind::All))
        .and_then(|()| daemon.enable_interface(IfKind::Predicate(is_told)))
        .and_then(|()| daemon.register(service))
        .map_err(failed)?;
    Ok(daemon)
}

/// Whether a listener there takes conns to this address.
fn serves(listener: IpAddr, ip: IpAddr) -> bool {
    match listener {
        IpAddr::V4(own) if own.is_unspecified() => ip.is_ipv4(),
        own => own.is_unspecified() || own == ip,
    }
}

/// A host's name that no other program on this computer has: Avahi answers for the usual one.
fn host(name: &str, port: u16) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let mut label = format!("papo-{port}-");
    label.extend(name.chars().map(plain));
    label.truncate(LABEL_BYTES);
    format!("{}.local.", label.trim_end_matches('-'))
}

/// Until the end.
fn log_events(name: &str, events: &Receiver<DaemonEvent>) {
    let mut told = Told::Nothing;
    let mut last_fault = String::new();
    loop {
        let event = match told {
            Told::Nothing => events.recv_timeout(BEGINS_WITHIN).ok(),
            Told::Silence | Told::Announced => events.recv().ok(),
        };
        match event {
            Some(DaemonEvent::NameChange(change)) => {
                log::info!(
                    "announced as {}: another one has that name",
                    change.new_name
                );
            }
            Some(DaemonEvent::Error(fault)) if last_fault != fault.to_string() => {
                last_fault = fault.to_string();
                log::warn!("--announce: {fault}");
            }
            None if events.is_disconnected() => return,
            event => match told.hear(event.as_ref()) {
                Some(Told::Announced) => log::info!("announced to the network as {name}"),
                Some(_) => log::warn!(
                    "--announce: the network is told nothing so far: no interface leads to others, or \
                     another program keeps UDP port 5353 for itself"
                ),
                None => {}
            },
        }
    }
}

/// What the log says of the announcement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Told {
    Nothing,
    /// It does not begin.
    Silence,
    Announced,
}

impl Told {
    /// What the log is to say after this event, or after a time without one.
    fn hear(&mut self, event: Option<&DaemonEvent>) -> Option<Told> {
        let now = match (event, *self) {
            (Some(DaemonEvent::Announce(..)), _) => Told::Announced,
            (None, Told::Nothing) => Told::Silence,
            _ => *self,
        };
        (std::mem::replace(self, now) != now).then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_a_listener_serves() {
        let check = |listener: &str, ip: &str, expected: bool| {
            let [listener, ip] = [listener, ip].map(|ip| ip.parse().expect("an address"));
            assert_eq!(serves(listener, ip), expected, "{listener} {ip}");
        };
        check("::", "10.0.0.5", true);
        check("::", "fd00::5", true);
        check("0.0.0.0", "10.0.0.5", true);
        check("0.0.0.0", "fd00::5", false);
        check("10.0.0.5", "10.0.0.5", true);
        check("10.0.0.5", "10.0.0.6", false);
    }

    #[test]
    fn an_announcement_is_told_once_however_late_it_comes() {
        let announced = DaemonEvent::Announce("papo".to_owned(), "here".to_owned());
        let other = DaemonEvent::IpAdd(IpAddr::from([10, 0, 0, 5]));
        let mut told = Told::Nothing;
        assert_eq!(told.hear(Some(&other)), None);
        assert_eq!(told.hear(None), Some(Told::Silence));
        assert_eq!(told.hear(Some(&other)), None);
        assert_eq!(told.hear(Some(&announced)), Some(Told::Announced));
        assert_eq!(told.hear(Some(&announced)), None);
    }

    #[test]
    fn hosts_have_short_plain_names() {
        assert_eq!(host("Class 7b", 12345), "papo-12345-Class-7b.local.");
        assert_eq!(host("日", 1), "papo-1.local.");
        assert_eq!(
            host(&"a".repeat(63), 1).len(),
            LABEL_BYTES + ".local.".len()
        );
    }
}
