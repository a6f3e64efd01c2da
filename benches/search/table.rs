//! The tables.

use std::io::Write;

use crate::Result;

/// What one size has to say of a term or a page.
#[derive(Default)]
pub(crate) struct Column {
    pub(crate) matches: Option<i64>,
    pub(crate) answers: usize,
    pub(crate) way: String,
    /// Milliseconds.
    pub(crate) best: f64,
}

/// A term or a page at both sizes.
pub(crate) struct Line {
    name: String,
    pub(crate) sides: [Column; 2],
}

impl Line {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sides: Default::default(),
        }
    }

    fn ratio(&self) -> f64 {
        let [small, large] = &self.sides;
        large.best / small.best
    }

    /// Twice as slow with as many answers: what must not be.
    fn is_slow(&self) -> bool {
        let [small, large] = &self.sides;
        self.ratio() > 2.0 && small.answers == large.answers
    }
}

/// A group of lines.
pub(crate) struct Table {
    title: &'static str,
    lines: Vec<Line>,
}

impl Table {
    pub(crate) fn new(title: &'static str) -> Self {
        Self {
            title,
            lines: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// All lines, and what they come to.
    pub(crate) fn print(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "\n## {}\n", self.title)?;
        writeln!(
            out,
            "Matches, answers, ways (`w`alk, `g`ather of part 0 to 2, `r`anked) and best milliseconds at 100,000 and at 1,000,000.\n"
        )?;
        writeln!(
            out,
            "| | matches | | answers | | way | | ms | | ratio |\n|---|--:|--:|--:|--:|---|---|--:|--:|--:|"
        )?;
        for line in &self.lines {
            let [small, large] = &line.sides;
            let matches = |side: &Column| side.matches.map(|n| n.to_string()).unwrap_or_default();
            writeln!(
                out,
                "| `{}` | {} | {} | {} | {} | {} | {} | {:.1} | {:.1} | {:.2}{} |",
                line.name,
                matches(small),
                matches(large),
                small.answers,
                large.answers,
                small.way,
                large.way,
                small.best,
                large.best,
                line.ratio(),
                if line.is_slow() { " **slow**" } else { "" },
            )?;
        }
        self.sum_up(out)
    }

    fn sum_up(&self, out: &mut impl Write) -> Result<()> {
        let [small, large] = [0, 1].map(|side| {
            let best = |line: &Line| line.sides.get(side).map(|column| column.best);
            spread(self.lines.iter().filter_map(best).collect())
        });
        let worst = self
            .lines
            .iter()
            .max_by(|a, b| a.ratio().total_cmp(&b.ratio()));
        let worst = worst.map_or_else(String::new, |line| {
            format!("{:.2} (`{}`)", line.ratio(), line.name)
        });
        let slow = self.lines.iter().filter(|line| line.is_slow()).count();
        writeln!(
            out,
            "\nMin / median / max ms: {small} at 100,000, {large} at 1,000,000; worst ratio {worst}; \
             {slow} of {} more than twice as slow with as many answers.",
            self.lines.len()
        )?;
        Ok(())
    }
}

fn spread(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    let last = times.len().saturating_sub(1);
    format!("{:.1} / {:.1} / {:.1}", at(0), at(last / 2), at(last))
}
