//! A real FTP server in this process, with a temporary directory as its file system.
//!
//! ```ignore
//! let server = Embedded::start();
//! std::fs::write(server.root().join("hello.txt"), "hello")?;
//! // … connect to server.addr(), log in as USER with PASSWORD, or as "anonymous" …
//! ```

#![allow(dead_code, unreachable_pub, clippy::expect_used)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use libunftp::options::ActivePassiveMode;
use libunftp::{Server, ServerBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use unftp_core::auth::{AuthenticationError, Authenticator, Credentials, DefaultUser, Principal};
use unftp_sbe_fs::Filesystem;

/// The account that can log in. So can "anonymous", with any password.
pub const USER: &str = "test";
pub const PASSWORD: &str = "secret";

/// A running server. Dropping it ends its connections and removes its directory.
pub struct Embedded {
    addr: SocketAddr,
    root: TempDir,
    runtime: Option<Runtime>,
}

impl Embedded {
    /// Serves an empty directory on a free port of 127.0.0.1.
    pub fn start() -> Embedded {
        Embedded::start_on(Ipv4Addr::LOCALHOST.into())
    }

    /// Does the same on another address of this machine.
    pub fn start_on(ip: IpAddr) -> Embedded {
        let root = TempDir::new().expect("a temporary directory");
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((ip, 0))).expect("a free port");
        let addr = listener.local_addr().expect("the port's number");
        runtime.spawn(accept(listener, root.path().to_owned()));
        Embedded { addr, root, runtime: Some(runtime) }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The local directory that clients see as "/".
    pub fn root(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The limit is for a file operation that does not end: clients that are still connected are just cut off.
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

async fn accept(listener: TcpListener, root: PathBuf) {
    while let Ok((connection, _)) = listener.accept().await {
        tokio::spawn(server(root.clone()).service(connection));
    }
}

fn server(root: PathBuf) -> Server<Filesystem, DefaultUser> {
    let files = move || Filesystem::new(&root).expect("the server's directory");
    ServerBuilder::with_authenticator(Box::new(files), Arc::new(OneUser))
        // With port 0 the kernel chooses, so servers that run at the same time cannot take each other's ports.
        .passive_ports(0..=0)
        .active_passive_mode(ActivePassiveMode::ActiveAndPassive)
        .idle_session_timeout(24 * 60 * 60)
        .build()
        .expect("a valid server configuration")
}

#[derive(Debug)]
struct OneUser;

#[async_trait]
impl Authenticator for OneUser {
    async fn authenticate(
        &self,
        user: &str,
        credentials: &Credentials,
    ) -> Result<Principal, AuthenticationError> {
        match (user, credentials.password.as_deref()) {
            ("anonymous", _) | (USER, Some(PASSWORD)) => Ok(Principal { username: user.to_owned() }),
            (USER, _) => Err(AuthenticationError::BadPassword),
            _ => Err(AuthenticationError::BadUser),
        }
    }
}
