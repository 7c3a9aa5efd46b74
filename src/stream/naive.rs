//! The obvious pipeline: one thread, byte by byte. It defines what [`run`](super::run) must do,
//! tests compare the two, and it does the work where the system gives us no thread.

use std::io::{self, Read};

use crate::error::Result;

use super::block::{Block, CUT_KEPT};
use super::flow::{Flow, Sink};
use super::input::{Inputs, Item, Reading};
use super::source::Source;
use super::unpack::Unpacker;

/// Maps every block to a result and hands the results to `sink`, in input order.
pub fn run_naive<W, T>(
    inputs: Inputs,
    new_worker: impl Fn() -> W,
    work: impl Fn(&mut W, &mut Block) -> T,
    sink: &mut impl Sink<T>,
) -> Result<()> {
    let mut worker = new_worker();
    let mut hand_on = |event: Event<'_>| match event {
        Event::Lines(block) => {
            let result = work(&mut worker, block);
            sink.accept(block, result)
        }
        Event::Idle => sink.idle().map(|()| Flow::Continue),
    };
    for (input, (item, name)) in inputs.items.into_iter().zip(&inputs.names).enumerate() {
        if let Flow::Stop = one_input(input, item, name, &inputs.reading, &mut hand_on)? {
            return Ok(());
        }
    }
    Ok(())
}

enum Event<'a> {
    Lines(&'a mut Block),
    Idle,
}

fn one_input(
    input: usize,
    mut item: Item,
    name: &str,
    reading: &Reading,
    hand_on: &mut impl FnMut(Event<'_>) -> Result<Flow>,
) -> Result<Flow> {
    let mut unpacker = Unpacker::new(Source::new(item.take(name)?, item.waits), reading);
    let mut lines = Growing::new(input, reading);
    let mut bytes = vec![0; reading.block()];
    loop {
        match unpacker.read(&mut bytes) {
            Ok(0) => {
                if lines.block.cut {
                    match hand_on(Event::Lines(&mut lines.next_block()))? {
                        Flow::Continue => {}
                        end => return Ok(end),
                    }
                }
                lines.block.last = true;
                return hand_on(Event::Lines(&mut lines.block));
            }
            Ok(read) => {
                for &byte in &bytes[..read] {
                    if lines.push(byte) {
                        match hand_on(Event::Lines(&mut lines.next_block()))? {
                            Flow::Continue => {}
                            end => return Ok(end),
                        }
                    }
                }
            }
            Err(error) => {
                if let Some(mut block) = lines.whole_lines() {
                    match hand_on(Event::Lines(&mut block))? {
                        Flow::Continue => {}
                        end => return Ok(end),
                    }
                }
                match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => {
                        hand_on(Event::Idle)?;
                        if let Some(source) = unpacker.source() {
                            let _ = source.wait(None); // the next read tells why
                        }
                    }
                    _ => return Err(unpacker.explain(name, error)),
                }
            }
        }
    }
}

/// A block while its bytes come in.
struct Growing {
    /// What is kept.
    block: Block,
    /// Where the last line starts in the block.
    line_start: usize,
    /// Bytes of the last line so far.
    line_bytes: usize,
    /// Bytes of the input so far.
    at: u64,
    block_bytes: usize,
    limit: usize,
}

impl Growing {
    fn new(input: usize, reading: &Reading) -> Growing {
        let block = Block { input, first: true, last: false, offset: 0, data: vec![], cut: false };
        let (block_bytes, limit) = (reading.block(), reading.limit());
        Growing { block, line_start: 0, line_bytes: 0, at: 0, block_bytes, limit }
    }

    /// Adds a byte; true if the block should go out now.
    fn push(&mut self, byte: u8) -> bool {
        self.at += 1;
        if byte == b'\n' {
            if !self.block.cut {
                self.block.data.push(byte);
            }
            (self.line_start, self.line_bytes) = (self.block.data.len(), 0);
            return self.block.cut || self.line_start >= self.block_bytes;
        }
        self.line_bytes += 1;
        if self.line_bytes <= self.limit {
            self.block.data.push(byte);
        } else if !self.block.cut {
            self.block.data.truncate(self.line_start + CUT_KEPT.min(self.limit));
            self.block.cut = true;
        }
        false
    }

    /// Takes the block out and begins the next.
    fn next_block(&mut self) -> Block {
        let next = Block {
            input: self.block.input,
            first: false,
            last: false,
            offset: self.at,
            data: Vec::with_capacity(self.block_bytes),
            cut: false,
        };
        (self.line_start, self.line_bytes) = (0, 0);
        std::mem::replace(&mut self.block, next)
    }

    /// Takes the whole lines out, if there are any, and leaves the begun line.
    fn whole_lines(&mut self) -> Option<Block> {
        if self.line_start == 0 {
            return None;
        }
        let tail = self.block.data.split_off(self.line_start);
        let (cut, line_bytes) = (std::mem::take(&mut self.block.cut), self.line_bytes);
        let whole = self.next_block();
        self.block.offset = whole.offset + whole.data.len() as u64;
        (self.block.data, self.block.cut, self.line_bytes) = (tail, cut, line_bytes);
        Some(whole)
    }
}
