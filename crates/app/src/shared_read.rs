//! One read of the database for all who ask the same at the same time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;

use crate::AppError;

/// What everybody gets who shared a read; absent when it failed. An error cannot be shared: whoever meets one reads
/// alone, and has an error of their own.
type Outcome<T> = Shared<BoxFuture<'static, Option<T>>>;

/// A read that is shared by those who ask for it at the same time. It begins after each of them has asked, so that
/// nobody is told what was true before they asked: many callers cost few reads, and none of them sees an older state
/// than a read of their own would have shown. One such read is under way at a time.
pub struct SharedRead<T: Clone + Send + Sync + 'static> {
    shared: Arc<Turns<T>>,
}

struct Turns<T: Clone + Send + Sync + 'static> {
    /// The read that has not begun yet, which whoever asks now joins.
    next: Mutex<Option<Outcome<T>>>,
    turn: Semaphore,
}

impl<T: Clone + Send + Sync + 'static> SharedRead<T> {
    /// What the database says, from a read that begins after this call.
    ///
    /// # Errors
    /// What `read` says.
    pub(crate) async fn get<A, R>(&self, about: &A, read: fn(A) -> R) -> Result<T, AppError>
    where
        A: Clone + Send + 'static,
        R: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        match self.join(about, read).await {
            Some(told) => Ok(told),
            None => read(about.clone()).await,
        }
    }

    fn join<A, R>(&self, about: &A, read: fn(A) -> R) -> Outcome<T>
    where
        A: Clone + Send + 'static,
        R: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let mut next = self.shared.next();
        let joined = next.get_or_insert_with(|| {
            let (turns, about) = (Arc::clone(&self.shared), about.clone());
            let begun = async move {
                let turn = turns.turn.acquire().await.expect("invariant: turns are never closed");
                *turns.next() = None;
                let told = read(about).await.ok();
                drop(turn);
                told
            };
            begun.boxed().shared()
        });
        joined.clone()
    }
}

impl<T: Clone + Send + Sync + 'static> Turns<T> {
    fn next(&self) -> std::sync::MutexGuard<'_, Option<Outcome<T>>> {
        // It is replaced whole, so a poisoned one is whole too.
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + Send + Sync + 'static> Clone for SharedRead<T> {
    fn clone(&self) -> SharedRead<T> {
        SharedRead { shared: Arc::clone(&self.shared) }
    }
}

impl<T: Clone + Send + Sync + 'static> Default for SharedRead<T> {
    fn default() -> SharedRead<T> {
        SharedRead { shared: Arc::new(Turns { next: Mutex::new(None), turn: Semaphore::new(1) }) }
    }
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for SharedRead<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedRead")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    /// A database that counts its reads and says what is written in it when one ends.
    #[derive(Clone, Default)]
    struct Slow {
        value: Arc<AtomicU64>,
        reads: Arc<AtomicU64>,
        go_on: Arc<Notify>,
        is_away: bool,
    }

    async fn read(slow: Slow) -> Result<u64, AppError> {
        slow.reads.fetch_add(1, Ordering::SeqCst);
        let value = slow.value.load(Ordering::SeqCst);
        if slow.is_away {
            return Err(AppError::DatabaseRequired);
        }
        slow.go_on.notified().await;
        Ok(value)
    }

    #[tokio::test]
    async fn those_who_ask_during_a_read_share_the_next_one() {
        let (slow, shared) = (Slow::default(), SharedRead::default());
        let first = tokio::spawn({
            let (slow, shared) = (slow.clone(), shared.clone());
            async move { shared.get(&slow, read).await }
        });
        while slow.reads.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        slow.value.store(7, Ordering::SeqCst);
        let later = join_all((0..100).map(|_| shared.get(&slow, read)));
        let let_go = async {
            assert_eq!(slow.reads.load(Ordering::SeqCst), 1, "one read at a time");
            slow.go_on.notify_one();
            assert_eq!(first.await.unwrap().unwrap(), 0, "what was true when the first asked");
            slow.go_on.notify_one();
        };
        let (later, ()) = tokio::join!(later, let_go);
        assert!(
            later.into_iter().all(|told| told.unwrap() == 7),
            "nobody is told what was true before they asked"
        );
        assert_eq!(slow.reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_leaves_the_read_to_the_others() {
        let (slow, shared) = (Slow::default(), SharedRead::default());
        let mut gone = Box::pin(shared.get(&slow, read));
        assert!(futures_util::poll!(gone.as_mut()).is_pending());
        let mut waiting = Box::pin(shared.get(&slow, read));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        drop(gone);
        slow.go_on.notify_one();
        assert_eq!(waiting.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn an_error_is_each_callers_own() {
        let (slow, shared) = (Slow { is_away: true, ..Slow::default() }, SharedRead::default());
        let told = join_all((0..3).map(|_| shared.get(&slow, read))).await;
        assert!(told.iter().all(|told| matches!(told, Err(AppError::DatabaseRequired))), "{told:?}");
    }
}
