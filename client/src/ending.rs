//! How a session ends, well or badly. Only data; words.rs has the sentences.

use std::io;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::session::discovery::Found;

/// How a session ended well.
#[derive(Debug)]
pub(crate) enum End {
    /// The user left, or everything was sent and read.
    Left,
    /// A signal asked for the end; the caller gives it its usual effect.
    Signal(Signal),
}

/// Why a session ended badly.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server in the form HOST:PORT, and why there is no connection to it.
    Connect(String, io::Error),
    /// A name that no host has, and those that the settings have.
    Unknown(String, String),
    /// No server was named, and there is none on this computer and none on the network.
    Nowhere(Absence),
    /// No server was named, and the user has to choose one of these.
    Choose(Choice, Vec<Found>),
    /// The server in the form HOST:PORT, and why there is no TLS with it.
    Tls(String, NoTls),
    /// The server has another certificate than the one that is known.
    OtherCertificate {
        server: String,
        known: String,
        seen: String,
        /// Where the known one stands.
        file: PathBuf,
    },
    /// Why the certificates that are known cannot be read or kept.
    Pins(io::Error),
    /// The server closed the connection.
    Closed,
    ConnectionLost(io::Error),
    /// The server has refused so many lines of a pipe; it has said why.
    LinesRefused(usize),
    /// These lines of the user's were not confirmed when they left.
    Unsaid(Vec<String>),
    /// The server refused the name of `--name`, in these words.
    NameRefused(String, String),
    /// The name of `--name` has a password, and nobody is there to type it.
    PasswordNeeded(String),
    /// There is a password file, but the server did not ask for the password of this name.
    PasswordNotAsked(String),
    /// The server accepted the one-time password of this name and wants a new one.
    OneTimePassword(String),
    /// The input of a pipe ended before the server accepted a name.
    NoName,
    /// The path of the file, and why it cannot be read.
    PasswordFile(String, io::Error),
    /// The service refuses this user; the text is in the user's language.
    Service(String),
    Input(io::Error),
    Output(io::Error),
    Terminal(io::Error),
}

/// Why there is no TLS with a server.
#[derive(Debug)]
pub(crate) enum NoTls {
    /// It has not come to the end of its part in time.
    Late,
    Closed,
    /// What it says is no TLS.
    Foreign,
    /// It knows what TLS is, and speaks none.
    Refused,
    /// What is wrong with what it says.
    Wrong(String),
    /// The connection is lost, or there was none.
    Lost(io::Error),
}

/// Why no server was found on the network.
#[derive(Debug)]
pub(crate) enum Absence {
    /// This computer is on none.
    NoNetwork,
    NoAnswer,
    CannotAsk(io::Error),
}

/// Why a server on the network was not joined by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Several,
    /// A password would be sent there.
    Password,
    /// TLS is wanted, and none speaks it.
    NoTls,
}
