//! One at a time, the most urgent first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use market::Urgency;
use tokio::sync::{Notify, oneshot};

/// Lets one through at a time: the most urgent first, and among equals the oldest.
#[derive(Default)]
pub struct Turnstile {
    queue: Mutex<Queue>,
    /// Somebody more urgent than the background came.
    urgent: Notify,
}

#[derive(Default)]
struct Queue {
    is_taken: bool,
    last_number: u64,
    waiting: BTreeMap<(Urgency, u64), oneshot::Sender<Turn>>,
}

/// The turn; passed on when dropped.
pub struct Turn {
    turnstile: Arc<Turnstile>,
    urgency: Urgency,
    /// Whether somebody else has it by now.
    is_passed: bool,
}

impl Turnstile {
    /// A turnstile nobody stands at.
    pub fn new() -> Arc<Turnstile> {
        Arc::new(Turnstile::default())
    }

    /// Waits for the turn. Whoever goes away while waiting passes it on.
    pub async fn enter(self: &Arc<Self>, urgency: Urgency) -> Turn {
        let waiting = {
            let mut queue = self.lock();
            if !queue.is_taken {
                queue.is_taken = true;
                return Turn { turnstile: self.clone(), urgency, is_passed: false };
            }
            let (sender, receiver) = oneshot::channel();
            queue.last_number += 1;
            let place = (urgency, queue.last_number);
            queue.waiting.insert(place, sender);
            receiver
        };
        if urgency == Urgency::Interactive {
            self.urgent.notify_waiters();
        }
        waiting.await.expect("invariant: a turn is passed on, never lost")
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is changed by single inserts and removals, so a poisoned lock is still whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next one out of the queue; when there is none, the turnstile is free.
    fn next(&self) -> Option<(Urgency, oneshot::Sender<Turn>)> {
        let mut queue = self.lock();
        let next = queue.waiting.pop_first();
        queue.is_taken = next.is_some();
        next.map(|((urgency, _), sender)| (urgency, sender))
    }

    fn is_urgent_waiting(&self) -> bool {
        self.lock().waiting.keys().next().is_some_and(|(urgency, _)| *urgency == Urgency::Interactive)
    }
}

impl Turn {
    /// Waits until somebody more urgent stands behind; never, for whoever is urgent itself.
    pub async fn overtaken(&self) {
        if self.urgency == Urgency::Interactive {
            return std::future::pending().await;
        }
        loop {
            let coming = self.turnstile.urgent.notified();
            tokio::pin!(coming);
            // Listening begins before the look, so that nobody comes between the two.
            coming.as_mut().enable();
            if self.turnstile.is_urgent_waiting() {
                return;
            }
            coming.await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_passed {
            return;
        }
        while let Some((urgency, sender)) = self.turnstile.next() {
            let turn = Turn { turnstile: self.turnstile.clone(), urgency, is_passed: false };
            match sender.send(turn) {
                Ok(()) => return,
                // The one who waited is gone; its turn must not pass itself on a second time.
                Err(mut turn) => turn.is_passed = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn the_urgent_go_first_and_those_who_left_are_passed_over() {
        let turnstile = Turnstile::new();
        let first = turnstile.enter(Urgency::Background).await;
        let mut slow = turnstile.enter(Urgency::Background).boxed();
        let mut gone = turnstile.enter(Urgency::Interactive).boxed();
        let mut fast = turnstile.enter(Urgency::Interactive).boxed();
        for waiting in [&mut slow, &mut gone, &mut fast] {
            assert!(waiting.now_or_never().is_none());
        }
        assert!(first.overtaken().now_or_never().is_some(), "the urgent wait behind it");
        drop(gone);
        drop(first);
        assert!((&mut slow).now_or_never().is_none());
        let turn = (&mut fast).now_or_never().expect("it is the turn of the urgent");
        assert!(turn.overtaken().now_or_never().is_none());
        drop(turn);
        let turn = (&mut slow).now_or_never().expect("nobody else waits");
        assert!(turn.overtaken().now_or_never().is_none());
        drop(turn);
        assert!(turnstile.enter(Urgency::Background).now_or_never().is_some(), "it is free again");
    }

    #[tokio::test]
    async fn a_turn_given_to_somebody_who_leaves_is_passed_on() {
        let turnstile = Turnstile::new();
        let first = turnstile.enter(Urgency::Interactive).await;
        let mut second = turnstile.enter(Urgency::Interactive).boxed();
        let mut third = turnstile.enter(Urgency::Interactive).boxed();
        assert!((&mut second).now_or_never().is_none());
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(third.now_or_never().is_some());
    }
}
