//! The options as typed, and their help. Nothing is checked here.

use argh::FromArgs;

/// Fills a room of a chat server with bots that talk, and checks that every bot gets every line of
/// the others, once and in order.
#[derive(FromArgs)]
#[argh(
    help_triggers("-h", "--help"),
    example = "A server that is running already; papo-server was started with --rate 0 --per-address 0:\n  {command_name} --target 127.0.0.1:12345 --bots 1000",
    example = "A papo-server that is started for this, 16 lines in in_flight, and a page with charts:\n  {command_name} --spawn --bots 1000 --window 16 --report run.html",
    example = "The same beside the bare fan-out that is the limit of this machine:\n  {command_name} --vs-reference --bots 1000 --window 16",
    example = "200 lines a second whatever the server does, as JSON; a gate for a build:\n  {command_name} --spawn --bots 500 --senders 50 --rate 200 --json --fail-if 'p99>50ms,loss>0'",
    example = "The highest rate with a latency that nobody notices:\n  {command_name} --spawn --bots 500 --find-max 'p99<20ms'",
    example = "How the cost of two servers grows with the number of users:\n  {command_name} --spawn --vs other=papo@127.0.0.1:7000 --bots 1000,2000,4000 --report growth.html",
    note = "Conditions compare p50 p90 p99 p999 max mean (latency from the due time,\nwith --window from sending; raw-p99 and so on from sending always), loss duplicates disorder skipped closed refused throttled late, cpu (a delivery),\nmemory (a conn), rate (deliveries a second), join (until all have joined), leave (until all have left),\njoin-cpu or leave-cpu (of the server, for these) by > >= < <= with a number and a unit: us ms s,\nKiB MiB, k M, %. Separate several with commas. A storm has only the last four.",
    error_code(0, "no fault"),
    error_code(
        1,
        "a fault was found, a condition of --fail-if is met or cannot be told, or the run failed"
    ),
    error_code(2, "a wrong option"),
    error_code(
        130,
        "interrupted by ^C; the results until then are printed and written"
    )
)]
pub(super) struct Args {
    /// test the server that runs at HOST:PORT; either this or an option that starts one is needed
    #[argh(option, arg_name = "host:port")]
    pub(super) target: Option<String>,
    /// start the papo-server in the directory of this program, and test that
    #[argh(switch)]
    pub(super) spawn: bool,
    /// start `loadtest reference` and test that
    #[argh(switch)]
    pub(super) spawn_reference: bool,
    /// test a papo-server and the reference in turn, and compare
    #[argh(switch)]
    pub(super) vs_reference: bool,
    /// test a papo-server that keeps nothing of what is said (--keep off) too, and compare
    #[argh(switch)]
    pub(super) vs_unkept: bool,
    /// the bots speak TLS; a server that is started gets --tls self
    #[argh(switch)]
    pub(super) tls: bool,
    /// test a papo-server in clear too, and compare
    #[argh(switch)]
    pub(super) vs_clear: bool,
    /// the protocol of the bots: papo (default), ws (papo for browsers), irc, redis, nats, mqtt, nats-ws,
    /// mqtt-ws, raw or ws-raw
    #[argh(
        option,
        arg_name = "papo|ws|irc|redis|nats|mqtt|nats-ws|mqtt-ws|raw|ws-raw"
    )]
    pub(super) protocol: Option<String>,
    /// compare with this server too; may be given several times
    #[argh(option, arg_name = "name=protocol@host:port")]
    pub(super) vs: Vec<String>,
    /// runs of each server (default 1, of a comparison 2)
    #[argh(option, arg_name = "n")]
    pub(super) rounds: Option<usize>,
    /// what the bots do: fanout (default, all in one room), pairs (two by two, privately), rooms (many
    /// small ones), idle (nobody sends), storm (all join and leave, again and again), or fanout with
    /// troublemakers: slow, garbage, churn or mixed
    #[argh(
        option,
        default = "String::from(\"fanout\")",
        arg_name = "fanout|pairs|rooms|idle|storm|slow|garbage|churn|mixed"
    )]
    pub(super) scenario: String,
    /// bots in each room of --scenario rooms (default 5)
    #[argh(option, default = "5", arg_name = "n")]
    pub(super) room_size: u32,
    /// bots (default 100); with commas, one after the other: 1000,2000,4000
    #[argh(option, default = "String::from(\"100\")", arg_name = "n,..")]
    pub(super) bots: String,
    /// how many bots of each room send (default 1)
    #[argh(option, default = "1", arg_name = "n")]
    pub(super) senders: u32,
    /// lines in flight in each room or pair; the next is sent when one has reached all (default 1)
    #[argh(option, arg_name = "lines")]
    pub(super) window: Option<u32>,
    /// lines a second over all senders of all rooms, sent when they are due, whatever is in flight
    #[argh(option, arg_name = "per-s")]
    pub(super) rate: Option<f64>,
    /// bytes of text in a line, 31 to 1024 (default 64)
    #[argh(option, default = "64", arg_name = "bytes")]
    pub(super) size: usize,
    /// for how long lines are sent (default 10, in each step of --find-max 3)
    #[argh(option, arg_name = "s")]
    pub(super) seconds: Option<f64>,
    /// most bots that are joining at once (default 1024, which the backlog of most servers holds);
    /// more make joining harder for the server
    #[argh(option, default = "1024", arg_name = "n")]
    pub(super) joining: usize,
    /// new connections a second (default: as fast as the server accepts bots)
    #[argh(option, arg_name = "per-s")]
    pub(super) connect_rate: Option<f64>,
    /// lines that are missing after so long without any line count as lost (default 10)
    #[argh(option, default = "10.0", arg_name = "s")]
    pub(super) patience: f64,
    /// readers beside the bots that read slowly (default 0; 10 in the scenario slow, 5 in mixed)
    #[argh(option, arg_name = "n")]
    pub(super) slow: Option<u32>,
    /// bytes a second that each of them reads (default 1000)
    #[argh(option, default = "1000", arg_name = "per-s")]
    pub(super) slow_rate: u32,
    /// readers that read nothing until the end (default 0; 10 in the scenario slow, 5 in mixed)
    #[argh(option, arg_name = "n")]
    pub(super) stopped: Option<u32>,
    /// conns that send garbage (default 0; 20 in the scenario garbage, 10 in mixed)
    #[argh(option, arg_name = "n")]
    pub(super) garbage: Option<u32>,
    /// pieces of garbage a second over all of them (default 2000, 1000 in mixed)
    #[argh(option, arg_name = "per-s")]
    pub(super) garbage_rate: Option<u32>,
    /// bots that join and leave all the time (default 0; 50 in the scenario churn, 25 in mixed)
    #[argh(option, arg_name = "n")]
    pub(super) churn: Option<u32>,
    /// joins and leaves a second over all of them (default 100, 50 in mixed)
    #[argh(option, arg_name = "per-s")]
    pub(super) churn_rate: Option<u32>,
    /// the seed of the garbage: the same number gives the same garbage (default 1)
    #[argh(option, default = "1", arg_name = "n")]
    pub(super) seed: u64,
    /// the processor of the server, if this program starts it (default: the second one)
    #[argh(option, arg_name = "n")]
    pub(super) server_cpu: Option<usize>,
    /// the processor of the bots (default: all but the server's, if this program starts it)
    #[argh(option, arg_name = "n")]
    pub(super) bots_cpu: Option<usize>,
    /// threads that share the bots (default: one for each processor that they may use)
    #[argh(option, arg_name = "n")]
    pub(super) threads: Option<usize>,
    /// let the kernel choose the processors
    #[argh(switch)]
    pub(super) no_pin: bool,
    /// exit with code 1 when one of these conditions is met
    #[argh(option, arg_name = "conditions")]
    pub(super) fail_if: Option<String>,
    /// search for the highest rate that meets all of these conditions, from --rate (default 100)
    #[argh(option, arg_name = "conditions")]
    pub(super) find_max: Option<String>,
    /// print four lines a second to standard error if it is no terminal
    #[argh(switch)]
    pub(super) live: bool,
    /// write a self-contained page with figures and charts
    #[argh(option, arg_name = "file.html")]
    pub(super) report: Option<String>,
    /// write the main chart alone
    #[argh(option, arg_name = "file.svg")]
    pub(super) svg: Option<String>,
    /// write a row for each quarter of a second; '-' is standard output, in place of the text
    #[argh(option, arg_name = "file.csv")]
    pub(super) csv: Option<String>,
    /// write percentiles of latency in ms, as hdr-plot reads them
    #[argh(option, arg_name = "file.txt")]
    pub(super) hdr: Option<String>,
    /// print one JSON object instead of text
    #[argh(switch)]
    pub(super) json: bool,
    /// print the version
    #[argh(switch)]
    pub(super) version: bool,
    #[argh(subcommand)]
    pub(super) command: Option<Command>,
}

/// What the program does instead of a load test.
#[derive(FromArgs)]
#[argh(subcommand)]
pub(super) enum Command {
    Reference(Reference),
}

/// The bare fan-out: the bytes of one conn go to all others unchanged.
#[derive(FromArgs)]
#[argh(subcommand, name = "reference", help_triggers("-h", "--help"))]
pub(super) struct Reference {
    /// where to listen: ADDR:PORT (default 127.0.0.1:0, any free port)
    #[argh(
        option,
        default = "String::from(\"127.0.0.1:0\")",
        arg_name = "addr:port"
    )]
    pub(super) listen: String,
    /// the first line of each conn is `group N`; the rest goes to that group only
    #[argh(switch)]
    pub(super) pairs: bool,
}
