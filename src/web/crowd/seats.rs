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
    next: u64,
    by_number: HashMap<u64, Seat>,
    by_address: HashMap<Option<IpAddr>, usize>,
}

#[derive(Debug)]
struct Seat {
    address: Option<IpAddr>,
    standing: Standing,
    /// When the requests being answered began, in the order they did.
    answering: BTreeMap<u64, Instant>,
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
            answering: BTreeMap::new(),
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

    pub(super) fn welcome(&mut self, number: u64) {
        if let Some(seat) = self.by_number.get_mut(&number) {
            seat.standing = Standing::Welcome;
        }
    }

    pub(super) fn begin(&mut self, number: u64, now: Instant) -> u64 {
        let ticket = self.next();
        if let Some(seat) = self.by_number.get_mut(&number) {
            seat.standing = seat.standing.max(Standing::Refused);
            seat.answering.insert(ticket, now);
        }
        ticket
    }

    pub(super) fn end(&mut self, number: u64, ticket: u64, now: Instant) {
        if let Some(seat) = self.by_number.get_mut(&number) {
            seat.answering.remove(&ticket);
            seat.waiting_since = now;
        }
    }

    /// The deadline, which is waited for from now on.
    pub(super) fn watch(&mut self, number: u64, limits: &Limits) -> (Instant, Overdue) {
        let found = self.deadline(number, limits);
        if let Some(seat) = self.by_number.get_mut(&number) {
            seat.watched = Some(found.0);
        }
        found
    }

    /// Whether the deadline is sooner than the one that is waited for.
    pub(super) fn is_sooner(&self, number: u64, limits: &Limits) -> bool {
        let watched = self.by_number.get(&number).and_then(|seat| seat.watched);
        watched.is_some_and(|watched| self.deadline(number, limits).0 < watched)
    }

    pub(super) fn deadline(&self, number: u64, limits: &Limits) -> (Instant, Overdue) {
        let Some(seat) = self.by_number.get(&number) else {
            // Sent away: overdue, whatever with.
            return (Instant::now(), Overdue::NextRequest);
        };
        match (seat.answering.first_key_value(), seat.standing) {
            (Some((_, began)), _) => (*began + limits.answer, Overdue::Answer),
            (None, Standing::Silent) => (
                seat.waiting_since + limits.first_request,
                Overdue::FirstRequest,
            ),
            (None, _) => (
                seat.waiting_since + limits.next_request,
                Overdue::NextRequest,
            ),
        }
    }

    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
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
        seats.begin(busy, start);
        let mut answered = |what, address, at, ended, is_welcome: bool| {
            let (number, gone) = add(&mut seats, address, at);
            let ticket = seats.begin(number, at);
            if is_welcome {
                seats.welcome(number);
            }
            seats.end(number, ticket, ended);
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
        assert!(!seats.is_sooner(number, &limits), "nobody waits yet");
        let ticket = seats.begin(number, start);
        seats.end(number, ticket, start);
        seats.watch(number, &limits);
        seats.begin(number, start);
        assert!(seats.is_sooner(number, &limits), "60 s instead of 90 s");
        seats.watch(number, &limits);
        assert!(!seats.is_sooner(number, &limits));
        let later = start + Duration::from_secs(1);
        let ticket = seats.begin(number, later);
        seats.end(number, ticket, later);
        assert!(
            !seats.is_sooner(number, &limits),
            "the first is answered still"
        );
    }

    #[test]
    fn nobody_goes_before_having_had_a_moment() {
        let start = Instant::now();
        let moment = Duration::from_secs(1);
        let mut seats = Seats::default();
        let (welcome, welcome_gone) = add(&mut seats, 1, start);
        let ticket = seats.begin(welcome, start);
        seats.welcome(welcome);
        assert_eq!(
            seats.send_one_away(start, moment),
            Err(Room::WhenSomebodyGoes)
        );
        seats.end(welcome, ticket, start);
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
        assert_eq!(seats.deadline(number, &limits), first);
        let asked = start + Duration::from_secs(1);
        let one = seats.begin(number, asked);
        let two = seats.begin(number, asked + Duration::from_secs(1));
        assert_eq!(
            seats.deadline(number, &limits),
            (asked + limits.answer, Overdue::Answer)
        );
        let done = asked + Duration::from_secs(5);
        seats.end(number, one, done);
        let second = (
            asked + Duration::from_secs(1) + limits.answer,
            Overdue::Answer,
        );
        assert_eq!(seats.deadline(number, &limits), second);
        seats.end(number, two, done);
        let next = (done + limits.next_request, Overdue::NextRequest);
        assert_eq!(seats.deadline(number, &limits), next);
    }
}
