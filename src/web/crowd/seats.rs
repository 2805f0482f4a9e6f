//! What is known of each connection.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Limits, Overdue, Room};

/// Every connection that has not been sent away, by number.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// Whether somebody was told that there is no room yet, and nobody has moved since.
    pub(super) somebody_waits: bool,
    next: u64,
    by_number: BTreeMap<u64, Seat>,
    by_address: HashMap<Option<IpAddr>, usize>,
}

#[derive(Debug)]
struct Seat {
    address: Option<IpAddr>,
    standing: Standing,
    /// The requests being answered and when they began, in the order they did.
    answering: Vec<(u64, Instant)>,
    /// Since when nothing has been answered.
    waiting_since: Instant,
    /// The deadline that is waited for.
    watched: Option<Instant>,
    sent_away: CancellationToken,
}

/// What a client has shown of itself, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It has not finished asking once.
    Silent,
    /// It has asked, and was refused each time.
    Refused,
    /// It has got what it asked for.
    Welcome,
}

impl Seats {
    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    pub(super) fn add(
        &mut self,
        address: Option<IpAddr>,
        now: Instant,
    ) -> (u64, CancellationToken) {
        let number = self.next();
        let sent_away = CancellationToken::new();
        let seat = Seat {
            address,
            standing: Standing::Silent,
            answering: Vec::new(),
            waiting_since: now,
            watched: None,
            sent_away: sent_away.clone(),
        };
        self.by_number.insert(number, seat);
        *self.by_address.entry(address).or_default() += 1;
        (number, sent_away)
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<CancellationToken> {
        // One that was sent away is gone already.
        let seat = self.by_number.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&seat.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&seat.address);
            }
        }
        Some(seat.sent_away)
    }

    /// Tells the least deserving one to go, unless it has waited for less than `time_to_ask`.
    pub(super) fn send_one_away(
        &mut self,
        now: Instant,
        time_to_ask: Duration,
    ) -> Result<(), Room> {
        let idle = || {
            self.by_number
                .iter()
                .filter(|(_, seat)| seat.answering.is_empty())
        };
        let worst = idle().map(|(_, seat)| seat.standing).min();
        let worst = worst.ok_or(Room::WhenSomebodyGoes)?;
        let candidates = || idle().filter(|(_, seat)| seat.standing == worst);
        let may_go = candidates().filter(|(_, seat)| seat.waiting_since + time_to_ask <= now);
        let least = may_go.min_by_key(|(number, seat)| {
            let held = self.by_address.get(&seat.address).copied().unwrap_or(0);
            (Reverse(held), seat.waiting_since, **number)
        });
        let Some(number) = least.map(|(number, _)| *number) else {
            let first = candidates().map(|(_, seat)| seat.waiting_since).min();
            return Err(first.map_or(Room::WhenSomebodyGoes, |since| {
                Room::At(since + time_to_ask)
            }));
        };
        if let Some(sent_away) = self.remove(number) {
            sent_away.cancel();
        }
        Ok(())
    }

    /// A request begins: its number, and whether the deadline comes sooner than the one that is
    /// waited for.
    pub(super) fn begin(&mut self, number: u64, now: Instant, limits: &Limits) -> (u64, bool) {
        let ticket = self.next();
        let seat = self.by_number.get_mut(&number);
        let is_sooner = seat.is_some_and(|seat| {
            seat.standing = seat.standing.max(Standing::Refused);
            seat.answering.push((ticket, now));
            seat.is_sooner(limits)
        });
        (ticket, is_sooner)
    }

    /// A request of a client that may or may not be welcome has been answered; whether the deadline
    /// comes sooner than the one that is waited for.
    pub(super) fn end(
        &mut self,
        (number, ticket): (u64, u64),
        now: Instant,
        is_welcome: bool,
        limits: &Limits,
    ) -> bool {
        let seat = self.by_number.get_mut(&number);
        seat.is_some_and(|seat| {
            if is_welcome {
                seat.standing = Standing::Welcome;
            }
            seat.answering.retain(|(other, _)| *other != ticket);
            seat.waiting_since = now;
            seat.is_sooner(limits)
        })
    }

    /// The deadline, which is waited for from now on.
    pub(super) fn watch(&mut self, number: u64, limits: &Limits) -> (Instant, Overdue) {
        let Some(seat) = self.by_number.get_mut(&number) else {
            // Sent away: overdue, whatever with.
            return (Instant::now(), Overdue::NextRequest);
        };
        let found = seat.deadline(limits);
        seat.watched = Some(found.0);
        found
    }

    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Seat {
    /// Whether the deadline is sooner than the one that is waited for.
    fn is_sooner(&self, limits: &Limits) -> bool {
        self.watched
            .is_some_and(|watched| self.deadline(limits).0 < watched)
    }

    fn deadline(&self, limits: &Limits) -> (Instant, Overdue) {
        match (self.answering.first(), self.standing) {
            (Some((_, began)), _) => (*began + limits.answer, Overdue::Answer),
            (None, Standing::Silent) => (
                self.waiting_since + limits.first_request,
                Overdue::FirstRequest,
            ),
            (None, _) => (
                self.waiting_since + limits.next_request,
                Overdue::NextRequest,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// A connection from an address whose last number is given.
    fn add(seats: &mut Seats, address: u8, at: Instant) -> (u64, CancellationToken) {
        seats.add(Some(Ipv4Addr::new(192, 0, 2, address).into()), at)
    }

    #[test]
    fn the_least_deserving_goes_first() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut seats = Seats::default();
        let mut connections = Vec::new();
        // Being answered: stays, however long it has been there.
        let (busy, busy_gone) = add(&mut seats, 1, start);
        let limits = Limits::default();
        seats.begin(busy, start, &limits);
        let mut answered = |what, address, at, ended, is_welcome: bool| {
            let (number, gone) = add(&mut seats, address, at);
            let (ticket, _) = seats.begin(number, at, &limits);
            seats.end((number, ticket), ended, is_welcome, &limits);
            connections.push((what, gone));
        };
        answered("welcome, alone", 2, start, after(2), true);
        answered("welcome, of two, later", 3, start, after(4), true);
        answered("welcome, of two, earlier", 3, start, after(3), true);
        answered("refused", 4, after(9), after(9), false);
        connections.push(("silent, alone", add(&mut seats, 5, start).1));
        connections.push(("silent, of three, last", add(&mut seats, 6, after(7)).1));
        connections.push(("silent, of three, second", add(&mut seats, 6, after(6)).1));
        connections.push(("silent, of three, first", add(&mut seats, 6, after(5)).1));

        let mut order = String::new();
        while seats.send_one_away(after(60), Duration::ZERO).is_ok() {
            let gone = connections.iter().position(|(_, gone)| gone.is_cancelled());
            let (what, _) = connections.remove(gone.expect("somebody was told"));
            order.push_str(what);
            order.push('\n');
        }
        insta::assert_snapshot!(order, @r"
        silent, of three, first
        silent, of three, second
        silent, alone
        silent, of three, last
        refused
        welcome, of two, earlier
        welcome, alone
        welcome, of two, later
        ");
        assert!(!busy_gone.is_cancelled(), "nobody interrupts an answer");
        assert_eq!((seats.len(), seats.by_address.len()), (1, 1));
        seats.remove(busy);
        assert_eq!((seats.len(), seats.by_address.len()), (0, 0));
    }

    #[test]
    fn only_a_deadline_that_comes_sooner_is_told() {
        let start = Instant::now();
        let limits = Limits {
            next_request: Duration::from_secs(90),
            answer: Duration::from_secs(60),
            ..Limits::default()
        };
        let mut seats = Seats::default();
        let (number, _gone) = add(&mut seats, 1, start);
        let (ticket, is_sooner) = seats.begin(number, start, &limits);
        assert!(!is_sooner, "nobody waits yet");
        seats.end((number, ticket), start, true, &limits);
        seats.watch(number, &limits);
        let (_, is_sooner) = seats.begin(number, start, &limits);
        assert!(is_sooner, "60 s instead of 90 s");
        seats.watch(number, &limits);
        let later = start + Duration::from_secs(1);
        let (ticket, is_sooner) = seats.begin(number, later, &limits);
        assert!(!is_sooner, "the first one's deadline is waited for");
        let is_sooner = seats.end((number, ticket), later, true, &limits);
        assert!(!is_sooner, "the first is answered still");
    }

    #[test]
    fn nobody_goes_before_having_had_a_moment() {
        let start = Instant::now();
        let moment = Duration::from_secs(1);
        let mut seats = Seats::default();
        let (welcome, welcome_gone) = add(&mut seats, 1, start);
        let limits = Limits::default();
        let (ticket, _) = seats.begin(welcome, start, &limits);
        assert_eq!(
            seats.send_one_away(start, moment),
            Err(Room::WhenSomebodyGoes)
        );
        seats.end((welcome, ticket), start, true, &limits);
        let came = start + moment * 10;
        let (_, first) = add(&mut seats, 2, came);
        let (_, second) = add(&mut seats, 3, came + moment / 2);
        // The welcome one has waited long enough, and yet is not taken in their place.
        assert_eq!(
            seats.send_one_away(came, moment),
            Err(Room::At(came + moment))
        );
        assert_eq!(seats.send_one_away(came + moment, moment), Ok(()));
        assert!(first.is_cancelled() && !second.is_cancelled() && !welcome_gone.is_cancelled());
    }

    #[test]
    fn every_state_has_its_deadline() {
        let limits = Limits::default();
        let mut seats = Seats::default();
        let start = Instant::now();
        let (number, _) = add(&mut seats, 1, start);
        let first = (start + limits.first_request, Overdue::FirstRequest);
        assert_eq!(seats.watch(number, &limits), first);
        let asked = start + Duration::from_secs(1);
        let (one, _) = seats.begin(number, asked, &limits);
        let (two, _) = seats.begin(number, asked + Duration::from_secs(1), &limits);
        assert_eq!(
            seats.watch(number, &limits),
            (asked + limits.answer, Overdue::Answer)
        );
        let done = asked + Duration::from_secs(5);
        seats.end((number, one), done, false, &limits);
        let second = (
            asked + Duration::from_secs(1) + limits.answer,
            Overdue::Answer,
        );
        assert_eq!(seats.watch(number, &limits), second);
        seats.end((number, two), done, false, &limits);
        let next = (done + limits.next_request, Overdue::NextRequest);
        assert_eq!(seats.watch(number, &limits), next);
    }
}
