//! Launches of a GPU that are recorded once and replayed: which kernels run, on which memory and of which sizes is
//! settled when they are recorded, and the host looks nothing up again. For what is called again and again on one shape.
//!
//! By cubecl's graphs. While launches are recorded nothing may be uploaded, so what differs from call to call is written
//! to a [`Slot`] before.

use std::thread::{self, ThreadId};

use burn::{
    backend::{DispatchDevice, wgpu::Wgpu},
    prelude::*,
};
use burn_cubecl::{
    cubecl::{
        bytes::Bytes,
        client::{Client, Graph},
        server::ServerError,
    },
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::fused::overwrite;

/// Refusals, such as for lack of memory, after which a device is not asked again.
const ATTEMPTS: usize = 3;

/// A tensor on a GPU that recorded launches read, with other values in each replay.
#[derive(Debug)]
pub struct Slot<const D: usize>(Tensor<D>);

impl<const D: usize> Slot<D> {
    /// Zeros of `shape`; none on a CPU.
    pub fn new(shape: [usize; D], device: &Device) -> Option<Self> {
        let tensor = Tensor::zeros(shape, device);
        memory(&tensor).map(|_| Self(tensor))
    }

    /// For launches that are recorded, and for nobody else: its values change.
    pub fn tensor(&self) -> Tensor<D> {
        self.0.clone()
    }

    /// Its shape.
    pub fn dims(&self) -> [usize; D] {
        self.0.dims()
    }

    /// Puts in values of the host's, row by row.
    ///
    /// # Panics
    /// When they are not as many as the slot's.
    pub fn upload(&self, values: Vec<f32>) {
        assert_eq!(values.len(), self.0.shape().num_elements(), "a slot is written whole");
        let memory = memory(&self.0).expect("a slot is on a GPU");
        memory.client.write(&memory.handle, Bytes::from_elems(values));
    }

    /// Puts in the values of a tensor of the same GPU.
    ///
    /// # Panics
    /// When its shape is another.
    pub fn copy_from(&self, x: &Tensor<D>) {
        assert_eq!(x.dims(), self.0.dims(), "a slot is written whole");
        let [x, slot] = [x, &self.0].map(|x| memory(x).expect("both are on a GPU"));
        overwrite(slot, into_contiguous(x));
    }
}

fn memory<const D: usize>(x: &Tensor<D>) -> Option<CubeTensor> {
    x.clone().try_into_primitive::<Wgpu>().ok()
}

/// A recording under way, until it has ended. A stream that records is closed to reads, so it has to end, whatever
/// happens.
struct Window(Option<Client>);

impl Window {
    fn record<T>(client: Client, work: impl Fn() -> T) -> Result<(Graph, T), ServerError> {
        client.graph_prepare()?;
        let mut window = Self(Some(client.clone()));
        // Compiles the kernels; and as nothing is reserved while launches are recorded, leaves behind what they need.
        drop(work());
        client.start_capture()?;
        let made = work();
        window.0 = None;
        Ok((client.stop_capture()?, made))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(client) = &self.0 {
            // What went wrong is told already.
            client.stop_capture().ok();
        }
    }
}

/// What recorded launches make, in memory that the next replay writes anew.
pub trait Made: Sized {
    /// The same values in memory of their own; none on a CPU.
    fn copied(&self) -> Option<Self>;
}

impl<const D: usize> Made for Tensor<D> {
    fn copied(&self) -> Option<Self> {
        Some(Self::from_primitive::<Wgpu>(memory(self)?.copy()))
    }
}

/// Recorded launches of a function of `K`, and what they make.
struct Recording<K, M> {
    graph: Graph,
    /// A GPU runs the launches of each thread in their own order.
    thread: ThreadId,
    /// What they read.
    kept: K,
    /// What they write.
    made: M,
}

impl<K, M: Made> Recording<K, M> {
    /// Records what `work` launches; none where the device cannot, or has no memory for it.
    ///
    /// `work` captures nothing, so that all it reads is in `kept`, and it uploads nothing. It runs once, on what is in the
    /// slots by then, before it is recorded.
    fn new(device: &Device, kept: K, work: fn(&K) -> M) -> Option<Self> {
        let DispatchDevice::Cube(cube) = device.as_dispatch() else { return None };
        let (graph, made) = Window::record(cube.client(), || work(&kept)).ok()?;
        Some(Self { graph, thread: thread::current().id(), kept, made })
    }

    /// Runs them on what is in their slots now, and gives what they make, in memory of its own.
    ///
    /// None on another thread than the one that recorded them, and where the device refuses.
    #[allow(unsafe_code)]
    fn replay(&self) -> Option<M> {
        if !self.is_here() {
            return None;
        }
        // SAFETY: what the launches read and write lives as long as `self`: `kept` and `made` by their handles, and what
        // lies between in pages that the graph keeps from others. The launches are on the stream of this thread, as are
        // all that write slots and the copy below; whatever else `kept` shares with others is only read.
        unsafe { self.graph.replay() }.ok()?;
        self.made.copied()
    }

    /// Whether this is the thread that recorded.
    fn is_here(&self) -> bool {
        thread::current().id() == self.thread
    }
}

/// A recording that is made when it is needed first, and anew where another is. A clone makes its own.
pub struct Recorder<K, M> {
    recording: Option<Recording<K, M>>,
    /// How often it was replayed.
    replayed: u64,
    /// How often the device refused.
    refusals: usize,
}

impl<K, M> Default for Recorder<K, M> {
    fn default() -> Self {
        Self { recording: None, replayed: 0, refusals: 0 }
    }
}

impl<K, M> Clone for Recorder<K, M> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<K, M: Made> Recorder<K, M> {
    /// What `work` makes of what is kept once `tell` wrote to its slots; recorded first of what `keep` gives, where what is
    /// kept does not fit. None where that is to be launched.
    pub fn replay(
        &mut self,
        device: &Device,
        fits: impl FnOnce(&K) -> bool,
        keep: impl FnOnce() -> Option<K>,
        work: fn(&K) -> M,
        tell: impl FnOnce(&K),
    ) -> Option<M> {
        if self.is_refused() {
            return None;
        }
        if !self.stands(fits) {
            // The memory of the one before serves the next.
            self.release();
            self.recording = keep().and_then(|kept| Recording::new(device, kept, work));
        }
        let made = self.recording.as_ref().and_then(|recording| {
            tell(&recording.kept);
            recording.replay()
        });
        match made {
            Some(_) => self.replayed += 1,
            None => {
                self.release();
                self.refusals += 1;
            }
        }
        made
    }

    /// Whether there is a recording of this thread whose kept `fits`.
    pub fn stands(&self, fits: impl FnOnce(&K) -> bool) -> bool {
        self.recording
            .as_ref()
            .is_some_and(|recording| recording.is_here() && fits(&recording.kept))
    }

    /// Whether the device refused so often that it is not asked again.
    pub fn is_refused(&self) -> bool {
        self.refusals >= ATTEMPTS
    }

    /// What the recording reads, if there is one.
    pub fn kept(&self) -> Option<&K> {
        self.recording.as_ref().map(|recording| &recording.kept)
    }

    /// Gives the memory back that the recording keeps from others; it is made anew when it is needed next.
    pub fn release(&mut self) {
        self.recording = None;
    }

    /// How often it was replayed.
    pub fn replayed(&self) -> u64 {
        self.replayed
    }
}
