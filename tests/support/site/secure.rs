//! A site that offers TLS: each session and its data connections show the certificate that it had when the session was secured.

#[cfg(feature = "tls")]
use super::super::scripted::TlsServer;
use super::super::scripted::{Data, Gone, Session};
#[cfg(feature = "tls")]
use super::{Habits, Site};

/// What secures connections, if anything does.
#[derive(Clone, Default)]
pub(super) struct Security {
    #[cfg(feature = "tls")]
    tls: Option<TlsServer>,
}

#[cfg(feature = "tls")]
impl Site {
    pub fn start_secured(habits: Habits, tls: TlsServer) -> Site {
        let site = Site::start(habits);
        site.secure(tls);
        site
    }

    /// Sessions that are secured from now on have this.
    pub fn secure(&self, tls: TlsServer) {
        self.state.security.lock().unwrap().tls = Some(tls);
    }
}

#[cfg(feature = "tls")]
impl Security {
    pub(super) fn is_offered(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) fn secure(&self, s: &mut Session) -> Result<(), Gone> {
        self.tls.as_ref().map_or(Ok(()), |tls| s.try_start_tls(tls).map_err(|_| Gone))
    }

    pub(super) fn protect(&self, data: &mut Data) -> Result<(), Gone> {
        self.tls.as_ref().map_or(Ok(()), |tls| data.try_start_tls(tls).map_err(|_| Gone))
    }
}

#[cfg(not(feature = "tls"))]
impl Security {
    pub(super) fn is_offered(&self) -> bool {
        false
    }

    pub(super) fn secure(&self, _: &mut Session) -> Result<(), Gone> {
        Ok(())
    }

    pub(super) fn protect(&self, _: &mut Data) -> Result<(), Gone> {
        Ok(())
    }
}
