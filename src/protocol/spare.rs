//! Small values that are shared for a short time. Their memory serves again once nobody has them any more.

use std::sync::Arc;

/// How many are kept: those of a transfer, and of the one before it.
const MOST: usize = 8;

/// Values that are in use, and some that are not.
#[derive(Debug)]
pub(super) struct Spare<T>(Vec<Arc<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Spare<T> {
        Spare(Vec::new())
    }
}

impl<T: Default> Spare<T> {
    /// A value of which `fill` has made what it is to be. It gets a new one, or one as its last user has left it.
    pub(super) fn fill(&mut self, fill: impl FnOnce(&mut T)) -> Arc<T> {
        let free = self.0.iter().position(|kept| Arc::strong_count(kept) == 1);
        if let Some(kept) = free.and_then(|at| self.0.get_mut(at))
            && let Some(value) = Arc::get_mut(kept)
        {
            fill(value);
            return kept.clone();
        }
        let mut value = T::default();
        fill(&mut value);
        let value = Arc::new(value);
        if self.0.len() < MOST {
            self.0.push(value.clone());
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_serves_again_once_nobody_has_it() {
        let mut spare: Spare<Vec<u8>> = Spare::default();
        let first = spare.fill(|bytes| bytes.extend(b"first"));
        let (place, copy) = (first.as_ptr(), first.clone());
        drop(first);
        let second = spare.fill(|bytes| bytes.extend(b"second"));
        assert_eq!((&**copy, &**second), (&b"first"[..], &b"second"[..]));
        drop(copy);
        let third = spare.fill(|bytes| {
            assert_eq!(&**bytes, b"first");
            bytes.clear();
            bytes.extend(b"3rd");
        });
        assert_eq!((&**third, third.as_ptr()), (&b"3rd"[..], place));
        assert_eq!(&**second, b"second");
    }

    #[test]
    fn no_more_than_a_few_are_kept() {
        let mut spare: Spare<usize> = Spare::default();
        let all: Vec<Arc<usize>> = (0..100).map(|number| spare.fill(|value| *value = number)).collect();
        assert!(all.iter().enumerate().all(|(number, value)| **value == number));
        assert_eq!(spare.0.len(), MOST);
    }
}
