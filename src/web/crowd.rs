//! Everybody who is connected, and who has to go when there is no room for one more.
//!
//! A client that only holds a connection must not keep others out, so the server does not wait
//! for it: the least deserving connection that nothing is being answered on makes room. Those who
//! never finished asking go before those who were refused, and those before welcome ones; among
//! equals, whoever holds the most connections loses the one that has waited longest. Nobody goes
//! before having had a moment to ask, or a crowd that keeps coming would sweep everybody out again.

mod seats;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use self::seats::Seats;
use super::Limits;

/// The connections of a server.
#[derive(Debug)]
pub(super) struct Crowd {
    limits: Limits,
    seats: Mutex<Seats>,
    /// Told when a connection ends or has been answered, if that is waited for.
    moved: Notify,
}

/// One connection of a crowd; dropped when it ends.
#[derive(Debug)]
pub(super) struct Member {
    crowd: Arc<Crowd>,
    number: u64,
    address: Option<IpAddr>,
    /// Whether it has asked for something that it may have.
    is_welcome: AtomicBool,
    sent_away: CancellationToken,
    /// Told when the deadline is sooner than the one that is waited for.
    sooner: Notify,
}

/// A request being answered; dropped when the answer has been sent.
#[derive(Debug)]
pub(super) struct Ticket {
    member: Arc<Member>,
    number: u64,
}

/// When there may be room again, where nobody can go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// When a connection ends, or an answer has been sent.
    WhenSomebodyGoes,
    /// At that time, if not before.
    At(Instant),
}

/// What has taken too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    FirstRequest,
    NextRequest,
    Answer,
}

impl Crowd {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            seats: Mutex::default(),
            moved: Notify::new(),
        })
    }

    /// Lets one more in, and says whether somebody was sent away for it. Waits only while every
    /// connection there may be is being answered on, or has not had the time to ask.
    pub(super) async fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> (Member, bool) {
        loop {
            let moved = self.moved.notified();
            match self.try_enter(address) {
                Ok(entered) => return entered,
                Err(Room::WhenSomebodyGoes) => moved.await,
                Err(Room::At(time)) => tokio::select! {
                    () = moved => {}
                    () = sleep_until(time) => {}
                },
            }
        }
    }

    fn try_enter(self: &Arc<Self>, address: Option<IpAddr>) -> Result<(Member, bool), Room> {
        let mut seats = self.seats();
        let now = Instant::now();
        let is_full = seats.len() >= self.limits.connections;
        if is_full {
            let sent = seats.send_one_away(now, self.limits.time_to_ask);
            // Noted before the lock is given back: whoever moves next sees it.
            seats.somebody_waits |= sent.is_err();
            sent?;
        }
        let (number, sent_away) = seats.add(address, now);
        drop(seats);
        let crowd = Arc::clone(self);
        let member = Member {
            crowd,
            number,
            address,
            is_welcome: AtomicBool::new(false),
            sent_away,
            sooner: Notify::new(),
        };
        Ok((member, is_full))
    }

    /// Those who wait look again. The seats are unlocked by then, so that they can.
    fn moved(&self, seats: MutexGuard<'_, Seats>) {
        let mut seats = seats;
        let somebody_waits = std::mem::take(&mut seats.somebody_waits);
        drop(seats);
        // Waking costs a lock that all connections share even where nobody is to be woken.
        if somebody_waits {
            self.moved.notify_waiters();
        }
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Ends when this connection has to go.
    pub(super) async fn sent_away(&self) {
        self.sent_away.cancelled().await;
    }

    /// It has asked for something that it may have; counts when that has been answered.
    pub(super) fn is_welcome(&self) {
        self.is_welcome.store(true, Ordering::Relaxed);
    }

    /// It has asked for something.
    pub(super) fn begins(self: &Arc<Self>) -> Ticket {
        let limits = &self.crowd.limits;
        let begun = self
            .crowd
            .seats()
            .begin(self.number, Instant::now(), limits);
        let (number, is_sooner) = begun;
        self.tell_if(is_sooner);
        let member = Arc::clone(self);
        Ticket { member, number }
    }

    /// Ends when the client, or an answer to it, has taken too long.
    pub(super) async fn overdue(&self) -> Overdue {
        loop {
            let (deadline, what) = self.crowd.seats().watch(self.number, &self.crowd.limits);
            if deadline <= Instant::now() {
                return what;
            }
            // Mostly the deadline is a later one by then, and is waited for in its turn.
            tokio::select! {
                () = sleep_until(deadline) => {}
                () = self.sooner.notified() => {}
            }
        }
    }

    /// A deadline that moves away is noticed when the earlier one is reached: waking the
    /// connection's task for every request would cost more than many an answer.
    fn tell_if(&self, is_sooner: bool) {
        if is_sooner {
            self.sooner.notify_one();
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut seats = self.crowd.seats();
        seats.remove(self.number);
        self.crowd.moved(seats);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let member = &self.member;
        let crowd = &member.crowd;
        let is_welcome = member.is_welcome.load(Ordering::Relaxed);
        let numbers = (member.number, self.number);
        let mut seats = crowd.seats();
        let is_sooner = seats.end(numbers, Instant::now(), is_welcome, &crowd.limits);
        crowd.moved(seats);
        member.tell_if(is_sooner);
    }
}
