//! Arrays of objects, bounded.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};

use super::object::Object;

/// What stands as a JSON array of objects, of `MOST` at most.
///
/// The limit on a body's length does not bound what it takes once it has been read: a member of a
/// meeting who says nothing of themselves is three bytes long, and takes a hundred.
#[derive(Debug)]
pub(super) struct Objects<T, const MOST: usize>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Objects<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ObjectsVisitor(PhantomData))
    }
}

struct ObjectsVisitor<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ObjectsVisitor<T, MOST> {
    type Value = Objects<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Object(one)) = array.next_element()? {
            if all.len() == MOST {
                let reason = format!("it has more than {MOST} entries");
                return Err(A::Error::custom(reason));
            }
            all.push(one);
        }
        Ok(Objects(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Nothing {}

    #[test]
    fn the_limit_is_exact() {
        let read = |json: &str| serde_json::from_str::<Objects<Nothing, 2>>(json);
        for (json, length) in [("[]", 0), ("[{}]", 1), ("[{},{}]", 2)] {
            assert_eq!(read(json).map(|Objects(all)| all.len()).ok(), Some(length));
        }
        let refused = ["[{},{},{}]", "[[]]", "{}", "null"].map(|json| {
            let error = read(json).expect_err(json);
            error.to_string()
        });
        insta::assert_snapshot!(refused.join("\n"), @r"
        it has more than 2 entries at line 1 column 10
        invalid type: sequence, expected an object at line 1 column 1
        invalid type: map, expected an array at line 1 column 0
        invalid type: null, expected an array at line 1 column 4
        ");
    }
}
