//! Which kinds of bytes a text has: the pass that spares most texts most searches.

/// A set of kinds of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Census(u8);

impl Census {
    pub(super) const DIGIT: u8 = 1;
    pub(super) const AT: u8 = 1 << 1;
    pub(super) const ANGLE: u8 = 1 << 2;
    pub(super) const SQUARE: u8 = 1 << 3;
    pub(super) const CURLY: u8 = 1 << 4;
    pub(super) const FENCE: u8 = 1 << 5;
    /// `#` and `:`, which stand at the name of a speaker.
    pub(super) const COLON: u8 = 1 << 6;
    pub(super) const HASH: u8 = Census::COLON;
    /// Beyond ASCII.
    pub(super) const HIGH: u8 = 1 << 7;
    /// Of a text that nothing is known about.
    #[cfg(test)]
    pub(super) const ALL: Census = Census(u8::MAX);

    pub(super) fn of(text: &str) -> Census {
        Census(text.bytes().fold(0, |kinds, byte| kinds | KINDS[byte as usize]))
    }

    /// Is one of these kinds there?
    pub(super) fn has(self, kinds: u8) -> bool {
        self.0 & kinds != 0
    }
}

const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => Census::DIGIT,
            b'@' => Census::AT,
            b'<' => Census::ANGLE,
            b'[' => Census::SQUARE,
            b'{' => Census::CURLY,
            b'`' | b'~' => Census::FENCE,
            b':' | b'#' => Census::COLON,
            0x80.. => Census::HIGH,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// Counts bytes looked at behind a prefilter; tests bound the sum.
#[inline]
pub(super) fn spend(bytes: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + bytes + 1));
    #[cfg(not(test))]
    let _ = bytes;
}

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// What a function gives, with the work it took.
#[cfg(test)]
pub(super) fn steps<T>(work: impl FnOnce() -> T) -> (T, usize) {
    STEPS.with(|steps| steps.set(0));
    let value = work();
    (value, STEPS.with(|steps| steps.get()))
}
