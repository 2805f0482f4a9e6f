use proptest::prelude::*;

use super::*;
use crate::{
    api::MeetingUniqueId,
    ledger::tests::{at, options},
};

fn meeting(real_start: Option<u64>, real_end: Option<u64>, duration: Option<u64>) -> Meeting {
    Meeting {
        id: MeetingUniqueId::new("1").unwrap(),
        status: None,
        created: None,
        reserved_start: None,
        reserved_end: None,
        real_start: real_start.map(at),
        real_end: real_end.map(at),
        duration: duration.map(Duration::from_secs),
        participants: 0,
        peak_participants: 0,
        host_digest: None,
    }
}

fn member(joined: Option<u64>, left: Option<u64>, duration: Option<u64>) -> Attendance {
    Attendance {
        joined: joined.map(at),
        left: left.map(at),
        duration: duration.map(Duration::from_secs),
        client_type: ClientType::Web,
    }
}

fn told(meeting: &Meeting, members: &[Attendance]) -> String {
    let lengths: Vec<String> = members
        .iter()
        .map(|member| format!("{:?}", Stay::of(meeting, member).length))
        .collect();
    let detail = MeetingDetail {
        meeting: meeting.clone(),
        members: members.to_vec(),
    };
    format!("{}, peak {}", lengths.join(" "), peak(&detail))
}

#[test]
fn what_is_missing_is_filled_in() {
    let full = meeting(Some(100), Some(200), Some(100));
    let bare = meeting(None, None, None);
    let stay = |meeting: &Meeting, joined, left, duration| {
        told(meeting, &[member(joined, left, duration)])
    };
    insta::assert_snapshot!(stay(&full, Some(110), Some(150), Some(999)), @"40s, peak 1");
    // No exit: the duration, else the meeting's end, else where its duration ends.
    insta::assert_snapshot!(stay(&full, Some(110), None, Some(20)), @"20s, peak 1");
    insta::assert_snapshot!(stay(&full, Some(110), None, None), @"90s, peak 1");
    insta::assert_snapshot!(stay(&meeting(Some(100), None, Some(30)), Some(110), None, None), @"20s, peak 1");
    insta::assert_snapshot!(stay(&bare, Some(110), None, None), @"0ns, peak 0");
    // No entry: the same from the other side.
    insta::assert_snapshot!(stay(&full, None, Some(150), Some(20)), @"20s, peak 1");
    insta::assert_snapshot!(stay(&full, None, Some(150), None), @"50s, peak 1");
    // Neither: the length is all there is.
    insta::assert_snapshot!(stay(&full, None, None, Some(20)), @"20s, peak 0");
    insta::assert_snapshot!(stay(&full, None, None, None), @"0ns, peak 0");
    // Out before in, and in after the meeting's end.
    insta::assert_snapshot!(stay(&full, Some(150), Some(110), Some(40)), @"0ns, peak 0");
    insta::assert_snapshot!(stay(&full, Some(250), None, None), @"0ns, peak 0");
    insta::assert_snapshot!(stay(&full, Some(150), Some(150), None), @"0ns, peak 0");
}

#[test]
fn who_returns_within_the_second_is_not_two() {
    let full = meeting(Some(100), Some(200), Some(100));
    let stays = [(100, 150), (150, 200), (120, 150), (150, 160)]
        .map(|(joined, left)| member(Some(joined), Some(left), None));
    insta::assert_snapshot!(told(&full, &stays), @"50s 50s 30s 10s, peak 2");
}

#[test]
fn every_entry_is_one_attendance_of_its_client() {
    let mut attendances = empty(&options());
    let mut members = vec![member(Some(100), Some(160), None), member(None, None, None)];
    members[1].client_type = ClientType::Sip;
    let meeting = meeting(Some(100), Some(200), Some(100));
    add(&mut attendances, &MeetingDetail { meeting, members });
    let told: Vec<String> = attendances
        .stays
        .iter()
        .map(|(client, stays)| format!("{client} {} {}", stays.count, stays.length.sum_milli))
        .collect();
    insta::assert_snapshot!(told.join(", "), @"android 0 0, ios 0 0, linux 0 0, macos 0 0, sip 1 0, tv 0 0, unknown 0 0, web 1 60000, windows 0 0");
    assert_eq!(attendances.peak_participants.sum_milli, 1000);
    let decoded = decode(&encode(&attendances), empty(&options()));
    assert_eq!(decoded, Ok(attendances));
}

#[test]
fn a_record_of_the_first_version_is_counted_by_its_buckets() {
    let mut attendances = empty(&options());
    attendances.pending = 7;
    let web = attendances.stays.get_mut("web").unwrap();
    for milli in [1, 2, 700_000] {
        histogram::observe(&mut web.length, milli);
    }
    web.count = 3;
    let mut writer = Writer::new(1);
    writer.length(attendances.stays.len());
    for (client, stays) in &attendances.stays {
        writer.text(client);
        histogram::encode(&stays.length, &mut writer);
    }
    histogram::encode(&attendances.peak_participants, &mut writer);
    writer.number(attendances.pending);
    writer.length(0);
    let first = writer.finish();
    let decoded = decode(&first, empty(&options()));
    assert_eq!(decoded, Ok(attendances.clone()));
    let now = encode(&attendances);
    assert!(now != first && decode(&now, empty(&options())) == Ok(attendances));
    // Which exporters that know the first version only take for none of theirs.
    assert!(Reader::new(&now, 1).is_err());
}

proptest! {
    #[test]
    fn the_peak_is_the_fullest_second(
        stays in prop::collection::vec((prop::option::of(0_u64..60), prop::option::of(0_u64..60), prop::option::of(0_u64..30)), 0..25),
        real in prop::option::of((0_u64..30, 30_u64..60)),
    ) {
        let meeting = meeting(real.map(|real| real.0), real.map(|real| real.1), None);
        let members: Vec<_> = stays.iter().map(|(joined, left, duration)| member(*joined, *left, *duration)).collect();
        let seconds: Vec<(i64, i64)> = members.iter()
            .filter_map(|member| Stay::of(&meeting, member).placed)
            .map(|(joined, left)| (joined.as_second(), left.as_second()))
            .collect();
        let base = at(0).as_second();
        let fullest = (base - 100..base + 200)
            .map(|second| seconds.iter().filter(|(joined, left)| *joined <= second && second < *left).count())
            .max()
            .unwrap_or(0);
        prop_assert_eq!(peak(&MeetingDetail { meeting, members }), u64::try_from(fullest).unwrap());
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for version in 1..=VERSION {
            let garbage = [&[version], bytes.as_slice()].concat();
            if let Ok(attendances) = decode(&garbage, empty(&options())) {
                prop_assert_eq!(decode(&encode(&attendances), empty(&options())), Ok(attendances));
            }
        }
    }
}
