//! Names, numbers and words that answers are full of and nobody counts.

use super::dice::{Dice, mix};

/// Readable names for the first applications of a demonstration.
const APPS: [&str; 16] = [
    "headquarters",
    "shanghai",
    "beijing",
    "shenzhen",
    "hangzhou",
    "chengdu",
    "sales",
    "support",
    "research",
    "training",
    "recruiting",
    "operations",
    "finance",
    "marketing",
    "partners",
    "laboratory",
];

const SUBJECTS: [&str; 14] = [
    "周例会",
    "项目评审会",
    "客户沟通会",
    "需求讨论",
    "技术分享",
    "候选人面试",
    "晨会",
    "预算评审",
    "产品发布筹备",
    "值班交接",
    "季度复盘",
    "新员工培训",
    "设计走查 “v2”",
    "全员大会",
];

const SURNAMES: [&str; 16] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高",
    "欧阳",
];

const GIVEN: [&str; 16] = [
    "伟", "芳", "娜", "敏", "静", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "秀兰",
    "小霞",
];

/// A stable name for the application with this index: a word for the first 16, `app-00017` beyond.
#[must_use]
pub fn display_name(index: usize) -> String {
    APPS.get(index)
        .map_or_else(|| format!("app-{index:05}"), |name| (*name).to_owned())
}

pub(super) fn nickname(person: u64) -> String {
    let mut dice = Dice::new(person);
    let surname = SURNAMES[dice.weighted(&[1; 16])];
    format!("{surname}{}", GIVEN[dice.weighted(&[1; 16])])
}

/// A scheduled meeting has a subject of its own, any other is named after who opened it.
pub(super) fn subject(meeting_seed: u64, scheduled: bool, opener: u64) -> String {
    if scheduled {
        SUBJECTS[Dice::new(mix(&[meeting_seed, 1])).weighted(&[1; 14])].to_owned()
    } else {
        format!("{}的即刻会议", nickname(opener))
    }
}

/// Sixteen or eighteen digits, as the vendor's account ids have.
pub(super) fn account(person: u64) -> String {
    match person % 3 {
        0 => format!("12{:016}", person % 10_000_000_000_000_000),
        _ => format!("1160{:012}", person % 1_000_000_000_000),
    }
}

/// The nine-digit number people type to enter; shared by meetings over time, as with the vendor.
pub(super) fn meeting_number(meeting_seed: u64) -> u64 {
    200_000_000 + mix(&[meeting_seed, 2]) % 799_999_999
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_beyond_the_list_numbered() {
        assert_eq!(display_name(0), "headquarters");
        assert_eq!(display_name(16), "app-00016");
        assert_eq!(subject(5, false, 9), format!("{}的即刻会议", nickname(9)));
        assert!((200_000_000..1_000_000_000).contains(&meeting_number(7)));
        assert!([3_u64, 4].map(account).iter().all(|id| {
            [16, 18].contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
        }));
    }
}
