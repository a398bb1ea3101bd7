//! Threads that own a connection each and take jobs from one queue, so that nothing blocks the async executor.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use tokio::sync::{Semaphore, oneshot};

use crate::error::StoreError;

type Open<S> = Box<dyn Fn() -> Result<S, StoreError> + Send + Sync>;
/// Gives the answer to the caller, after the thread has said that it is free again.
type Delivery = Box<dyn FnOnce() + Send>;
type Job<S> = Box<dyn FnOnce(Result<&mut S, StoreError>) -> Delivery + Send>;

/// Up to `threads_max` threads, started when there is work for them. Jobs start in the order of their arrival; with
/// one thread they also run one after the other.
pub(super) struct Workers<S: 'static> {
    shared: Arc<Shared<S>>,
    room: Arc<Semaphore>,
    name: &'static str,
    threads_max: usize,
    place: String,
}

struct Shared<S> {
    state: Mutex<State<S>>,
    wake: Condvar,
    open: Open<S>,
}

struct State<S> {
    jobs: VecDeque<Job<S>>,
    threads: Vec<JoinHandle<()>>,
    busy: usize,
    closed: bool,
}

impl<S: 'static> Workers<S> {
    pub fn new(
        name: &'static str,
        threads_max: usize,
        queue_length_max: usize,
        place: String,
        open: Open<S>,
    ) -> Workers<S> {
        let state = State { jobs: VecDeque::new(), threads: Vec::new(), busy: 0, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new(), open });
        let room = Arc::new(Semaphore::new(queue_length_max.max(1)));
        Workers { shared, room, name, threads_max: threads_max.max(1), place }
    }

    /// Runs `work` on one of the threads. Once the job is in the queue it runs even if the caller goes away.
    ///
    /// # Errors
    /// What `work` or opening its connection says; [`StoreError::Worker`] when it panics;
    /// [`StoreError::Unavailable`] after [`close`](Workers::close).
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.expect("invariant: the room of the workers is never closed");
        let (answer, answered) = oneshot::channel();
        self.submit(Box::new(move |session| {
            let result = session.and_then(work);
            Box::new(move || {
                drop(room);
                // A caller that went away does not want the answer.
                let _ = answer.send(result);
            })
        }))?;
        answered.await.unwrap_or(Err(StoreError::Worker))
    }

    fn submit(&self, job: Job<S>) -> Result<(), StoreError> {
        let mut state = self.shared.state();
        if state.closed {
            return Err(StoreError::Unavailable { place: self.place.clone(), source: None });
        }
        if state.jobs.len() + state.busy >= state.threads.len() && state.threads.len() < self.threads_max {
            let shared = Arc::clone(&self.shared);
            let thread = Builder::new().name(self.name.to_string()).spawn(move || shared.serve());
            match thread {
                Ok(thread) => state.threads.push(thread),
                Err(source) if state.threads.is_empty() => {
                    return Err(StoreError::Unavailable {
                        place: self.place.clone(),
                        source: Some(source.into()),
                    });
                }
                // Fewer threads than allowed are slower, not wrong.
                Err(_) => {}
            }
        }
        state.jobs.push_back(job);
        drop(state);
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Lets the queued jobs finish, ends the threads and closes their connections.
    pub async fn close(&self) {
        let threads = std::mem::take(&mut self.shared.end().threads);
        let ended = tokio::task::spawn_blocking(|| threads.into_iter().try_for_each(JoinHandle::join)).await;
        // A thread that panicked has ended too.
        drop(ended);
    }
}

impl<S> Drop for Workers<S> {
    fn drop(&mut self) {
        drop(self.shared.end());
    }
}

impl<S> Shared<S> {
    fn state(&self) -> MutexGuard<'_, State<S>> {
        // No code that can panic runs under this lock, so a poisoned state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) -> MutexGuard<'_, State<S>> {
        let mut state = self.state();
        state.closed = true;
        self.wake.notify_all();
        state
    }

    fn next(&self) -> Option<Job<S>> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.busy += 1;
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn serve(&self) {
        let mut session: Option<S> = None;
        while let Some(job) = self.next() {
            // After a panic the connection may be in any state: unwinding rolls its transaction back, and the next
            // job opens a new one.
            let mut taken = session.take();
            let run = catch_unwind(AssertUnwindSafe(|| {
                let opened = match taken.take() {
                    Some(session) => Ok(session),
                    None => (self.open)(),
                };
                match opened {
                    Ok(mut session) => {
                        let delivery = job(Ok(&mut session));
                        (Some(session), delivery)
                    }
                    Err(error) => (None, job(Err(error))),
                }
            }));
            self.state().busy -= 1;
            if let Ok((kept, deliver)) = run {
                session = kept;
                deliver();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(threads_max: usize) -> Workers<u32> {
        Workers::new("trial", threads_max, 4, "trial".into(), Box::new(|| Ok(0)))
    }

    #[tokio::test]
    async fn one_after_the_other_keeps_one_session() {
        let workers = counting(4);
        for expect in 1..=100 {
            let count = workers.run(|count| {
                *count += 1;
                Ok(*count)
            });
            assert_eq!(count.await.unwrap(), expect);
        }
        assert_eq!(workers.shared.state().threads.len(), 1);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_next_job_has_a_new_session() {
        let workers = counting(1);
        assert_eq!(workers.run(|count| Ok(std::mem::replace(count, 7))).await.unwrap(), 0);
        let failed = workers.run(|_| -> Result<(), StoreError> { panic!("a planned panic") }).await;
        assert!(matches!(failed, Err(StoreError::Worker)));
        assert_eq!(workers.run(|count| Ok(*count)).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn after_close_nothing_runs() {
        let workers = counting(2);
        workers.run(|_| Ok(())).await.unwrap();
        workers.close().await;
        assert!(matches!(workers.run(|_| Ok(())).await, Err(StoreError::Unavailable { .. })));
    }

    #[tokio::test]
    async fn a_session_that_does_not_open_is_an_error_each_time() {
        let open: Open<u32> = Box::new(|| Err(StoreError::BadUrl { reason: "planned" }));
        let workers = Workers::new("trial", 1, 4, "trial".into(), open);
        for _ in 0..2 {
            assert!(matches!(workers.run(|_| Ok(())).await, Err(StoreError::BadUrl { .. })));
        }
    }
}
