//! The comparison as a picture for elsewhere, and as one that came back.

use image::RgbImage;

use super::{
    Comparison,
    column::Column,
    layout::{FIGURES, SHARPNESS},
    table::values,
};
use crate::{
    data::Shape,
    engine::worker::{ColumnKey, Live, SetCard, Ticket},
    gui::{
        Notice, Settings, Shared, Target, Wishes,
        share::{Memory, Shown, noise_sum},
    },
    picture::{self, Cell, Column as SheetColumn, Sheet},
};

/// A picture with what it remembers.
pub(in crate::gui) struct Export {
    /// A proposal for the file's name.
    pub(in crate::gui) name: String,
    pub(in crate::gui) sheet: RgbImage,
    pub(in crate::gui) memory: Memory,
}

impl Comparison {
    /// What is on screen, for `target`, once every column has its rows of what is asked for.
    pub(in crate::gui) fn picture(&self, shared: &Shared, target: Target) -> Option<Export> {
        // While others are being opened, the settings are of those.
        let set = shared.settled_set()?;
        let (live, _) = self.asked.as_ref()?;
        let keys = self.keys(set, live);
        let d = set.dims();
        let is_whole = |column: &Column| !column.is_stale() && column.values.len() >= live.rows * d;
        let is_drawn = |key: &ColumnKey| self.columns.get(key).is_some_and(is_whole);
        if !keys.iter().all(is_drawn) {
            return None;
        }
        let shown = |key: &ColumnKey| Shown::of(*key, &self.columns[key].values[..live.rows * d]);
        let memory = Memory {
            dropped: Vec::new(),
            // What runs are made of names folders of a person.
            settings: Settings { training: Wishes::default(), ..shared.settings.clone() },
            teacher: set.cards[0].sha256.clone(),
            noise: Some(noise_sum(live.seed, live.rows, d)),
            samples: keys.iter().map(shown).collect(),
        };
        let sheet = self.sheet(set, live, &keys, &shared.device, foot(target)).draw();
        let name = format!("{}-{}.png", set.preset, live.seed.0);
        Some(Export { name, sheet, memory })
    }

    /// One sample, enlarged.
    pub(in crate::gui) fn cell_picture(
        &self,
        shared: &Shared,
        key: ColumnKey,
        row: usize,
    ) -> Option<Export> {
        let shape = shared.set.as_ref()?.shape?;
        let values = self.columns.get(&key)?.row(row, shape.len())?;
        let sheet = picture::grid(values, shape, 1, 8, 0);
        let whole = self.picture(shared, Target::File)?;
        let name = format!(
            "{}-row-{}-model-{}-steps-{}.png",
            whole.name.trim_end_matches(".png"),
            row + 1,
            key.model,
            key.steps
        );
        Some(Export { name, sheet, ..whole })
    }

    fn sheet(
        &self,
        set: &SetCard,
        live: &Live,
        keys: &[ColumnKey],
        device: &str,
        foot: String,
    ) -> Sheet {
        let mut columns = Vec::new();
        if let Some(shape) = set.shape {
            let values = self.noise.values.clone();
            let cell = Cell::Images { values, shape };
            let (group, heading) = ("Noise".into(), "z".into());
            columns.push(SheetColumn { group, heading, captions: Vec::new(), cell });
        }
        columns.extend(keys.iter().map(|key| self.sheet_column(set, live, *key)));
        let subtitle = format!(
            "{} · {} with N = {} · w = {}{} · seed {}{} · {device}",
            set.subject(),
            live.method.title(),
            live.intervals,
            live.guidance,
            asked_of(set, live),
            live.seed.0,
            self.measured_on(keys)
        );
        Sheet {
            title: "The teacher's ODE solution and its few-step students".into(),
            subtitle,
            measures: of_shape(FIGURES.map(String::from), set.shape),
            columns,
            foot,
        }
    }

    /// How many samples the figures are from, which may be fewer than are asked for.
    fn measured_on(&self, keys: &[ColumnKey]) -> String {
        let counts = keys.iter().filter_map(|key| self.columns[key].measured.as_ref());
        let least = counts.map(|measured| measured.ode.samples).min();
        least.map_or_else(String::new, |count| format!(" · measured on {count} samples"))
    }

    fn sheet_column(&self, set: &SetCard, live: &Live, key: ColumnKey) -> SheetColumn {
        let column = &self.columns[&key];
        let cell = match set.shape {
            Some(shape) => {
                Cell::Images { values: column.values[..live.rows * shape.len()].to_vec(), shape }
            }
            None => Cell::Points {
                labels: vec![0; column.values.len() / 2],
                values: column.values.clone(),
                // As far as on screen.
                reach: Some(f64::from(self.reach(live))),
            },
        };
        let captions = of_shape(values(column), set.shape);
        let (group, heading) = (set.title(key.model).to_owned(), live.steps_in_words(key, set));
        SheetColumn { group, heading, captions, cell }
    }

    /// The samples of `memory` should come out again.
    pub(in crate::gui) fn expect(&mut self, memory: Memory) {
        (self.expected, self.is_told) = (Some(memory), false);
        // The settings may be those on show: all the same it is drawn again, or nothing would be compared.
        self.asked = None;
    }

    /// Whether a restored picture was made with the teacher of `set`.
    pub(in crate::gui) fn expects(&self, set: &SetCard) -> bool {
        let memory = self.expected.as_ref();
        memory.is_some_and(|memory| set.teacher() == Some(memory.teacher.as_str()))
    }

    /// A request is answered in full: says how well a restored picture was met.
    pub(in crate::gui) fn finished(
        &mut self,
        ticket: Ticket,
        set: Option<&SetCard>,
    ) -> Option<Notice> {
        if self.asked.as_ref().is_none_or(|(_, asked)| *asked != ticket) {
            return None;
        }
        let set = set?;
        if self.expected.is_some() && !self.expects(set) {
            // Its weights may be opened next: it is said once, and the picture waits for them.
            let is_told = std::mem::replace(&mut self.is_told, true);
            return self.expected.as_ref().filter(|_| !is_told).map(other_teacher);
        }
        let memory = self.expected.take()?;
        Some(self.met(&memory, set, &self.asked.as_ref()?.0))
    }

    /// How well the samples on screen meet those of `memory`.
    fn met(&self, memory: &Memory, set: &SetCard, live: &Live) -> Notice {
        let noise = noise_sum(live.seed, live.rows, set.dims());
        if memory.noise.as_ref().is_some_and(|sum| *sum != noise) {
            return Notice::error(
                "the noise of this seed is not that of the picture: this program draws noise differently",
            );
        }
        let differences = memory.samples.iter().map(|shown| {
            let key = ColumnKey { model: shown.model, steps: shown.steps };
            let values = &self.columns.get(&key)?.values;
            shown.difference(values.get(..shown.bytes.len() / 2)?)
        });
        let Some(all) = differences.collect::<Option<Vec<u8>>>() else {
            return Notice::error("the picture shows other samples than its settings give here");
        };
        let start = memory.noise.as_ref().map_or("", |_| "from the same noise to the bit, ");
        Notice::plain(format!(
            "restored: {start}the largest difference to the picture is {} of 255 levels, over {} columns",
            all.iter().max().unwrap_or(&0),
            all.len()
        ))
    }
}

/// How to read a picture, and what can be done with it where it remembers its settings: what is pasted is pixels.
fn foot(target: Target) -> String {
    let restores = match target {
        Target::Clipboard => "",
        Target::File | Target::Cell(..) => {
            " Drop this picture on the window to restore its settings."
        }
    };
    format!(
        "All samplers start from the same noise. ODE error: mean squared distance to the teacher's \
         solution.{restores}"
    )
}

/// What to say of a picture whose teacher is not open.
fn other_teacher(memory: &Memory) -> Notice {
    Notice::error(format!(
        "the picture was made with another teacher (SHA-256 {}…): open its weights to restore it",
        memory.teacher.get(..12).unwrap_or(&memory.teacher)
    ))
}

/// What has a line in the table of samples of this shape.
fn of_shape(lines: [String; FIGURES.len()], shape: Option<Shape>) -> Vec<String> {
    let mut lines = Vec::from(lines);
    if shape.is_none() {
        lines.remove(SHARPNESS);
    }
    lines
}

/// Which classes the rows ask for, of models that have them.
fn asked_of(set: &SetCard, live: &Live) -> String {
    match live.class {
        // A class without a name is called by its number, after the same word.
        Some(class) => format!(" · class {}", set.class_name(class).trim_start_matches("class ")),
        None if set.classes > 0 => " · classes in turn".into(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::settings::tests::ring;

    #[test]
    fn a_picture_says_which_classes_it_shows() {
        let asked = |class, set: &SetCard| {
            asked_of(set, &Settings { class, ..Settings::default() }.live(set))
        };
        assert_eq!(asked(None, &ring()), " · classes in turn");
        assert_eq!(asked(Some(1), &ring()), " · class 1");
        assert_eq!(asked(Some(1), &SetCard { classes: 0, ..ring() }), "");
    }

    #[test]
    fn only_a_picture_that_remembers_its_settings_promises_to_restore_them() {
        let promises = |target| foot(target).contains("restore its settings");
        assert!(promises(Target::File) && !promises(Target::Clipboard));
    }
}
