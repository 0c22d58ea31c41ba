//! A function of the user's, for one session or for several that run side by side.

use std::sync::{Arc, Mutex, PoisonError};

/// A function that several sessions share: one calls it at a time.
pub(crate) struct Shared<F>(Option<Arc<Mutex<F>>>);

impl<F> Shared<F> {
    /// Shares what `own` is. It stays shared until it is [taken back](Shared::take_back).
    pub(crate) fn share(&mut self, own: &mut Option<F>) -> Shared<F> {
        if let Some(function) = own.take() {
            self.0 = Some(Arc::new(Mutex::new(function)));
        }
        Shared(self.0.clone())
    }

    /// Once nobody else has it, it is `own` again.
    pub(crate) fn take_back(&mut self, own: &mut Option<F>) {
        match self.0.take().map(Arc::try_unwrap) {
            Some(Ok(function)) => *own = Some(function.into_inner().unwrap_or_else(PoisonError::into_inner)),
            Some(Err(shared)) => self.0 = Some(shared),
            None => {}
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Calls it with `call`. `None` where there is none.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&mut F) -> T) -> Option<T> {
        let mut function = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(call(&mut function))
    }
}

impl<F> Default for Shared<F> {
    fn default() -> Shared<F> {
        Shared(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shared_comes_back_when_the_others_are_gone() {
        let mut own = Some(5);
        let mut shared = Shared::default();
        let other = shared.share(&mut own);
        assert!(own.is_none() && other.is_set());
        assert_eq!(other.with(|number| std::mem::replace(number, 6)), Some(5));
        shared.take_back(&mut own);
        assert!(own.is_none() && shared.is_set(), "the other has it");
        let another = shared.share(&mut own);
        drop((other, another));
        shared.take_back(&mut own);
        assert_eq!((own, shared.is_set()), (Some(6), false));
        assert_eq!(shared.with(|_| ()), None);
    }
}
