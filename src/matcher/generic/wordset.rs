//! Which words of several lists a text holds, whatever their case, told in one pass over it.

/// Words and the lists they are in.
pub(super) struct WordSet {
    /// A word, the bits of its lists, and the place of the next word that begins alike.
    words: Vec<(&'static [u8], u32, u8)>,
    /// By the first two bytes, without case: the place of the first word, 0 for none.
    heads: [u8; 1024],
    /// One bit for each three bytes, without case: whether a word begins so.
    begun: [u64; 512],
}

fn head(first: u8, second: u8) -> usize {
    usize::from(first & 31) << 5 | usize::from(second & 31)
}

impl WordSet {
    /// Lists of lower-case words of two bytes or more, each with its bit; fewer than 256 words.
    pub(super) fn new(lists: &[(u32, &[&'static [u8]])]) -> WordSet {
        let mut set = WordSet {
            words: Vec::new(),
            heads: [0; 1024],
            begun: [0; 512],
        };
        let words = lists
            .iter()
            .flat_map(|(bit, list)| list.iter().map(move |word| (*word, *bit)));
        for (place, (word, bit)) in (1..=u8::MAX).zip(words) {
            let slot = &mut set.heads[head(word[0], word[1])];
            set.words.push((word, bit, *slot));
            *slot = place;
            for third in 0..32 {
                if word
                    .get(2)
                    .is_none_or(|byte| usize::from(byte & 31) == third)
                {
                    let number = head(word[0], word[1]) << 5 | third;
                    set.begun[number >> 6] |= 1 << (number & 63);
                }
            }
        }
        set
    }

    /// The bits of the lists of which `text` holds a word.
    pub(super) fn held(&self, text: &[u8]) -> u32 {
        let mut held = 0;
        let mut three = text.first().map_or(0, |byte| usize::from(byte & 31));
        for at in 1..=text.len() {
            // Behind the end stands what no word begins with but one of two bytes.
            let next = text.get(at).map_or(0, |byte| usize::from(byte & 31));
            three = (three << 5 | next) & 0x7fff;
            if at < 2 || self.begun[three >> 6] & 1 << (three & 63) == 0 {
                continue;
            }
            let at = at - 2;
            let mut place = self.heads[three >> 5];
            while place != 0 {
                let (word, bit, next) = self.words[usize::from(place) - 1];
                let stands = || {
                    let text = text.get(at..at + word.len());
                    text.is_some_and(|text| text.eq_ignore_ascii_case(word))
                };
                if held & bit == 0 && stands() {
                    held |= bit;
                }
                place = next;
            }
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_which_a_word_stands_is_told() {
        let set = WordSet::new(&[
            (1, &[b"user", b"login"]),
            (2, &[b"://", b"us"]),
            (4, &[b"user", "hasło".as_bytes()]),
        ]);
        assert_eq!(set.held(b"x USER"), 7);
        assert_eq!(set.held(b"uselogin"), 3);
        assert_eq!(set.held(b"http://"), 2);
        assert_eq!(set.held(b"5ser u"), 0);
        assert_eq!(set.held(b""), 0);
    }
}
