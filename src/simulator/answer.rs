//! The vendor's answers, with the fields, names and oddities of its document.
//!
//! Oddities kept: days without meetings are left out of daily details, `peakNum` is 0 wherever a
//! single meeting is described, times without a value are `""`, and an absent host has no field.

use serde::Serialize;

use super::{
    calendar::Day,
    dice::mix,
    gate::Refusal,
    meeting::{Selection, Sight},
    naming,
    plan::Status,
    question::{ListQuestion, Question},
    tape::Figures,
    world::World,
};

/// The `ret` of a good answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Ret {
    Realtime(RealtimeRet),
    Daily(DailyRet),
    List(ListRet),
    Detail(Vec<DetailEntry>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RealtimeRet {
    in_meeting_count: u64,
    in_meeting_member_count: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DailyRet {
    sum_meeting_count: u64,
    sum_meeting_duration: u64,
    sum_meeting_member_count: u64,
    details: Vec<DayEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DayEntry {
    date: i64,
    meeting_count: u64,
    meeting_duration: u64,
    meeting_member_count: u64,
    peak_num: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct ListRet {
    query: PageInfo,
    list: Vec<MeetingEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    #[serde(flatten)]
    defaults: PageDefaults,
    page_size: usize,
    page_index: usize,
    total_page_count: usize,
    total_count: usize,
    offset: usize,
    limit: usize,
}

/// Constants the vendor sends along with every page.
#[derive(Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct PageDefaults {
    default_page_size: u8,
    default_page_index: u8,
    default_total_page_count: u8,
    default_total_count: u8,
    default_offset: u8,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MeetingEntry {
    app_id: u32,
    meeting_id: u64,
    meeting_unique_id: u64,
    id: u64,
    subject: String,
    creator_account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_account_id: Option<String>,
    status: u8,
    meeting_create_time: String,
    reserve_start_time: String,
    reserve_end_time: String,
    real_start_time: String,
    real_end_time: String,
    duration: i64,
    member_count: u64,
    peak_num: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct DetailEntry {
    #[serde(flatten)]
    meeting: MeetingEntry,
    members: Vec<MemberEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberEntry {
    id: u64,
    account_id: String,
    nickname: String,
    join_time: String,
    exit_time: String,
    duration: i64,
    client_type: u8,
}

/// How the pages of a list go wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Paging {
    /// A new meeting has pushed all others down by one since the first page was read.
    pub(super) shifted: bool,
    /// The last entry of the page before is repeated.
    pub(super) repeated: bool,
    /// Pages are no longer than this.
    pub(super) cap: Option<u32>,
}

/// Answers a question of an application at `now` (UNIX seconds).
pub(super) fn answer(
    world: &World,
    app: usize,
    question: &Question,
    paging: Paging,
    now: i64,
) -> Result<Ret, Refusal> {
    Ok(match question {
        Question::Realtime => {
            let live = world.realtime(app, super::calendar::timestamp(now));
            Ret::Realtime(RealtimeRet {
                in_meeting_count: live.meetings,
                in_meeting_member_count: live.participants,
            })
        }
        Question::Daily { start, end } => Ret::Daily(daily(world, app, *start, *end, now)),
        Question::List(question) => Ret::List(list(world, app, question, paging, now)),
        Question::Detail { unique_id } => {
            let sight = world
                .find(app, *unique_id, now)
                .ok_or(Refusal::new(2000, "no such meeting"))?;
            Ret::Detail(vec![detail(world, &sight, now)])
        }
    })
}

fn daily(world: &World, app: usize, start: i64, end: i64, now: i64) -> DailyRet {
    let calendar = world.calendar();
    let present = |milliseconds: i64| milliseconds.div_euclid(1000).clamp(0, now);
    let first = calendar.day_at(present(start)).max(world.first_day());
    let last = calendar.day_at(present(end));
    let asked = start.div_euclid(1000) <= now && end >= 0;
    let days: Vec<(Day, Figures)> = (first..=last)
        .filter(|_| asked)
        .map(|day| (day, world.figures(app, day, now)))
        .filter(|(_, figures)| figures.meetings > 0)
        .collect();
    let sum = days
        .iter()
        .fold(Figures::default(), |sum, (_, figures)| sum.and(*figures));
    DailyRet {
        sum_meeting_count: sum.meetings,
        sum_meeting_duration: sum.duration_seconds,
        sum_meeting_member_count: sum.participants,
        details: days
            .into_iter()
            .map(|(day, figures)| DayEntry {
                date: calendar.start(day) * 1000,
                meeting_count: figures.meetings,
                meeting_duration: figures.duration_seconds,
                meeting_member_count: figures.participants,
                peak_num: figures.peak_participants,
            })
            .collect(),
    }
}

fn list(world: &World, app: usize, asked: &ListQuestion, paging: Paging, now: i64) -> ListRet {
    let size = asked.page_size.min(paging.cap.unwrap_or(u32::MAX)) as usize;
    let index = asked.page_index as usize;
    // Later pages are shifted by a meeting that was not there when the first was read.
    let pushed = usize::from(paging.shifted && index > 1);
    let repeated = usize::from(paging.repeated && index > 1);
    let offset = (index - 1).saturating_mul(size);
    let selection = Selection {
        app,
        // A list time is a whole second: the first at or after `start`, the last before or at `end`.
        seconds: asked.start.saturating_add(999).div_euclid(1000)..=asked.end.div_euclid(1000),
        statuses: asked.statuses.clone(),
        now,
    };
    let skip = offset.saturating_sub(pushed + repeated);
    let (total, sights) = world.select(&selection, skip, size + repeated);
    let total = total + pushed;
    ListRet {
        query: PageInfo {
            defaults: PageDefaults {
                default_page_size: 10,
                default_page_index: 1,
                default_total_page_count: 1,
                default_total_count: 0,
                default_offset: 0,
            },
            page_size: size,
            page_index: index,
            total_page_count: total.div_ceil(size),
            total_count: total,
            offset,
            limit: size,
        },
        list: sights.iter().map(|sight| entry(world, sight)).collect(),
    }
}

fn entry(world: &World, sight: &Sight) -> MeetingEntry {
    let plan = sight.plan();
    let creator = sight.creator(world);
    let text = |second: Option<i64>| second.map_or_else(String::new, |s| world.calendar().text(s));
    let reserved = sight.reserved();
    let (start, end) = (sight.real_start(), sight.real_end());
    MeetingEntry {
        app_id: sight.app() + 1,
        meeting_id: naming::meeting_number(plan.seed),
        meeting_unique_id: sight.unique_id(),
        id: 124_000_000_000_000 + mix(&[plan.seed, 5]) % 999_999_999_999,
        subject: naming::subject(plan.seed, reserved.is_some(), creator),
        creator_account_id: naming::account(creator),
        host_account_id: sight.host(world),
        status: sight.status.number(),
        meeting_create_time: text(Some(sight.created())),
        reserve_start_time: text(reserved.map(|(start, _)| start)),
        reserve_end_time: text(reserved.map(|(_, end)| end)),
        real_start_time: text(start),
        real_end_time: text(end),
        duration: start.zip(end).map_or(0, |(start, end)| end - start),
        member_count: sight.participants(world),
        peak_num: 0,
    }
}

fn detail(world: &World, sight: &Sight, now: i64) -> DetailEntry {
    let stays = match sight.status {
        Status::NotStarted | Status::Cancelled => Vec::new(),
        Status::InProgress | Status::Ended | Status::Recycled => sight.stays(world),
    };
    let members = stays.iter().zip(1_u64..).map(|(stay, number)| {
        let person = world.person(sight.app(), stay.person);
        let joined = sight.second(stay.join);
        let left = sight.has_left(stay).then(|| sight.second(stay.exit));
        MemberEntry {
            id: mix(&[sight.plan().seed, 6]) % 1_000_000_000 + number,
            account_id: naming::account(person),
            nickname: naming::nickname(person),
            join_time: world.calendar().text(joined),
            exit_time: left.map_or_else(String::new, |left| world.calendar().text(left)),
            duration: left.unwrap_or(now) - joined,
            client_type: stay.client,
        }
    });
    DetailEntry {
        members: members.collect(),
        meeting: entry(world, sight),
    }
}
