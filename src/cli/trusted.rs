//! The device that a command computes on: opened, and tried before it is trusted.

mod trial;

use std::{
    future::poll_fn,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    task::Poll,
};

use super::{
    args::{self, OnDevice},
    progress::Progress,
};
use crate::{
    engine::{
        Cancel, Event, Opened,
        device::{self, DeviceChoice, DeviceError},
        selftest,
    },
    platform,
};

/// The device asked for if there is one that passes the quick self-test, else the CPU, with a line that says so; an error
/// where the list has no such number.
pub(super) async fn trusted(
    on: OnDevice,
    progress: &mut Progress,
    cancel: &Cancel,
) -> Result<Opened, DeviceError> {
    let opened = open(on, &mut |note| progress.show(Event::Note(note))).await;
    let first = opened.as_ref().ok().cloned();
    let tried = match opened {
        Err(unlisted @ DeviceError::Unlisted(_)) => return Err(unlisted),
        Err(refused) => Err(refused.to_string()),
        Ok(opened) => tried(opened, on, progress, cancel).await,
    };
    let why = match tried {
        Ok(opened) => return Ok(opened),
        Err(why) => why,
    };
    if DeviceChoice::from(on.place) == DeviceChoice::Auto
        && let Some(other) = another(first.as_ref(), on, progress, cancel).await
    {
        progress.show(Event::Note(instead(&why, &other.name)));
        return Ok(other);
    }
    progress.show(Event::Note(on_the_cpu(&why)));
    Ok(Opened::cpu_instead(why))
}

/// A GPU that computes right where the `first` does not: another one, or the same by another API, whose driver and
/// compiler are others.
async fn another(
    first: Option<&Opened>,
    on: OnDevice,
    progress: &mut Progress,
    cancel: &Cancel,
) -> Option<Opened> {
    for number in device::others(first).await {
        // A GPU that was lost ends all that waits for any.
        if cancel.is_set() || platform::loss::is_noted() {
            break;
        }
        let on = OnDevice { place: args::Place { gpu: Some(number), ..on.place }, ..on };
        let mut notes = Vec::new();
        let Ok(opened) = open(on, &mut |note| notes.push(note)).await else { continue };
        if let Ok(opened) = tried(opened, on, progress, cancel).await {
            notes.into_iter().for_each(|note| progress.show(Event::Note(note)));
            return Some(opened);
        }
    }
    None
}

/// What is said where the CPU takes a GPU's place.
pub(super) fn on_the_cpu(why: &str) -> String {
    instead(why, "the CPU")
}

fn instead(why: &str, name: &str) -> String {
    format!("{why}: computing on {name}")
}

async fn tried(
    mut opened: Opened,
    on: OnDevice,
    progress: &mut Progress,
    cancel: &Cancel,
) -> Result<Opened, String> {
    if let Some(why) = &opened.without_gpu {
        return Err(why.clone());
    }
    if !opened.is_gpu() {
        return Ok(opened);
    }
    if let Some(feature) = opened.kernels_of_feature() {
        let text = format!("trying the kernels of the feature {feature} in a process of their own");
        progress.show(Event::Note(text));
        trial::survived(on, cancel)
            .map_err(|why| format!("{} fails with the feature {feature} ({why})", opened.name))?;
    }
    progress.wait("trying the GPU, whose kernels are compiled at first".into());
    let mut failed = failure(&opened).await;
    if opened.is_half
        && let Some(why) = &failed
    {
        let name = &opened.name;
        let text =
            format!("{name} computes wrongly with images of f16 ({why}): f32 in their place");
        progress.show(Event::Note(text));
        opened.is_half = false;
        failed = failure(&opened).await;
    }
    progress.close();
    match failed {
        None => Ok(opened),
        Some(why) => Err(format!("{} computes wrongly ({why})", opened.name)),
    }
}

/// The check of the quick self-test that a device fails, if any.
async fn failure(opened: &Opened) -> Option<String> {
    match unless_it_falls(selftest::run(opened, true, &mut |_| ())).await {
        Some(Ok(checks)) => {
            checks.into_iter().find(|check| !check.passes()).map(|check| check.name)
        }
        Some(Err(error)) => Some(error.to_string()),
        None => Some("the self-test ended in a panic".into()),
    }
}

/// What `work` comes to; nothing where it panics, as burn does on a GPU that has too little of something for its kernels.
async fn unless_it_falls<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let poll = AssertUnwindSafe(|| work.as_mut().poll(context));
        panic::catch_unwind(poll).map_or(Poll::Ready(None), |poll| poll.map(Some))
    })
    .await
}

/// The device asked for, not tried yet, with images of f16 if they are asked for and it has them; `note` hears why not.
pub(super) async fn open(
    on: OnDevice,
    note: &mut dyn FnMut(String),
) -> Result<Opened, DeviceError> {
    let mut opened = device::open(on.place.into()).await?;
    if on.half
        && let Err(why) = opened.keep_images_in_f16()
    {
        note(format!("{why}: --half changes nothing on {}", opened.name));
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_that_panics_has_failed_and_ends_nothing_else() {
        let falls = async { panic::resume_unwind(Box::new("too little memory")) };
        assert_eq!(pollster::block_on(unless_it_falls::<()>(falls)), None);
        assert_eq!(pollster::block_on(unless_it_falls(async { 7 })), Some(7));
    }
}
