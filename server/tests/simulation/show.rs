//! What everybody sent and was told, for whoever looks into a failing seed.

use crate::referee::Moment;
use crate::run::Run;

/// Prints all of it; of most links only what happened to them, if `LINK` names one.
pub(crate) fn show(run: &mut Run, moment: Moment) {
    let net = run.server.sys();
    println!("{moment:?} at {:?}, late {:?}", net.now, net.late);
    let whole = std::env::var("LINK")
        .ok()
        .and_then(|link| link.parse().ok());
    for (n, link) in net.links.iter().enumerate() {
        let kind = run
            .peers
            .iter()
            .find(|peer| peer.link == n)
            .map(|peer| peer.kind);
        let (read, told) = (
            String::from_utf8_lossy(&link.read),
            String::from_utf8_lossy(&link.written),
        );
        println!(
            "== link {n} {kind:?} door {} accepted {:?} fin {} reset {} closed {} server_fin {}",
            link.door, link.accepted, link.fin, link.reset, link.closed, link.server_fin
        );
        if whole.is_none_or(|whole: usize| whole == n) || n < 2 {
            println!("-- read:\n{read}\n-- told:\n{told}");
        }
    }
}
