//! Who computes and who draws: WebGPU, the processor, nobody. Each rung of the ladder says why it is there.

use skipstone::gui::Settings;

use crate::{
    FAILED, LIVE, STILL,
    browser::{NO_GRAPHICS, WEBGL, WEBGPU},
    figures,
    program::{Native, RING, assert_parity, open},
    site::Site,
    tab,
    tab::Tab,
};

/// Few evaluations: the GPU is imitated.
const FEW: &str = "?backend=webgpu#rows=2&samples=2&steps=[1]&intervals=4";
/// The same of points, for what does not depend on what is computed: kernels of images take long to compile.
const POINTS: &str = "?backend=webgpu#preset=ring&samples=2&steps=[1]&intervals=4";

#[test]
fn webgpu_draws_what_the_native_program_draws() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::serve();
    let settings = Settings {
        rows: 2,
        samples: 2,
        steps: vec![1, 2],
        intervals: Some(4),
        ..Settings::default()
    };
    let native = Native::draw(settings);
    open(&mut tab, &site, FEW);
    figures::note_start(&mut tab, "WebGPU, imitated by the processor");
    assert!(tab.is_said("WebGPU") && !tab.is_said("burn-flex"), "{:?}", tab.said(""));
    // A change of size is drawn by the device that computes.
    tab.resize([900, 600], 1.0, false);
    tab.drop_file([480.0, 300.0], &native.picture);
    assert_parity(&mut tab, "WebGPU");
    // Still there: the device was not left for the processor.
    assert!(tab.is_said("WebGPU") && !tab.is_said("burn-flex"), "{:?}", tab.said(""));
    tab.screenshot("webgpu");
    tab.assert_clean(&site.url);
}

#[test]
fn without_a_gpu_the_cpu_computes_fewer_rows_and_the_page_says_why() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, "");
    assert!(tab.is_said("no GPU was found"), "{:?}", tab.said("GPU"));
    assert!(tab.is_said("CPU (burn-flex)"), "{:?}", tab.said("CPU"));
    assert!(tab.is_said("row 3") && !tab.is_said("row 4"), "{:?}", tab.said("row"));
    // Asked for by name, it is missed as well.
    open(&mut tab, &site, &format!("?backend=webgpu{RING}"));
    assert!(tab.is_said("computing on the CPU"), "{:?}", tab.said("CPU"));
}

#[test]
fn an_address_that_was_shared_shows_all_of_it_without_a_gpu_too() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    // It leaves out what is usual: six rows.
    open(&mut tab, &site, "#preset=ring&intervals=4&steps=[1]");
    tab.wait("location.hash.includes('model=')");
    let address = tab.evaluate("location.hash");
    let address = address.as_str().expect("an address");
    assert!(!address.contains("rows") && !address.contains("samples"), "{address}");
    assert!(!tab.is_said("a few rows at a time"), "{:?}", tab.said("rows"));
}

#[test]
fn a_gpu_without_a_clock_is_left_alone() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::serve();
    // As in browsers that do not have them.
    tab.prepare(
        "const has = GPUSupportedFeatures.prototype.has;
         GPUSupportedFeatures.prototype.has = function (name) {
             return name !== 'timestamp-query' && has.call(this, name);
         };",
    );
    open(&mut tab, &site, &format!("?backend=webgpu{RING}"));
    assert!(tab.is_said("WebGPU has no timestamp queries"), "{:?}", tab.said("GPU"));
    assert!(tab.is_said("CPU (burn-flex)"), "{:?}", tab.said("CPU"));
}

#[test]
fn a_gpu_is_given_little_more_than_it_has_done_and_most_of_it_is_replayed() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::serve();
    tab.prepare(
        "Object.assign(globalThis, { waiting: 0, most: 0, given: 0, bound: 0, run: 0 });
         const count = (owner, method, name) => {
             const call = owner.prototype[method];
             owner.prototype[method] = function (...what) {
                 globalThis[name] += 1;
                 return call.apply(this, what);
             };
         };
         count(GPUDevice, 'createBindGroup', 'bound');
         count(GPUComputePassEncoder, 'dispatchWorkgroups', 'run');
         const submit = GPUQueue.prototype.submit;
         GPUQueue.prototype.submit = function (...commands) {
             submit.apply(this, commands);
             given += 1;
             most = Math.max(most, ++waiting);
             this.onSubmittedWorkDone().then(() => { waiting -= 1; });
         };",
    );
    let shared = "rows=2&samples=2&steps=[1]";
    open(&mut tab, &site, &format!("?backend=webgpu#{shared}&intervals=2"));
    tab.settle();
    // Golden outputs are compared once nothing is asked for, by kernels that would be counted.
    tab.evaluate(&format!("location.hash = '#view=models&{shared}&intervals=2'"));
    tab.wait_said("● parity");
    tab.wait_unsaid("● checking");
    // Weights went there before, which nothing waits behind.
    tab.evaluate("most = waiting, given = 0, bound = 0, run = 0");
    tab.evaluate(&format!("location.hash = '#{shared}&intervals=20'"));
    // Teacher and students take twenty steps each, of some eighty kernels, of which 32 are given at once.
    tab.wait("given > 50");
    tab.settle();
    let most = tab.evaluate("most").as_u64().expect("a count");
    assert!(most < 40, "{most} of {}", tab.evaluate("given"));
    // What is replayed has its memory bound already.
    let [bound, run] = ["bound", "run"].map(|name| tab.evaluate(name).as_u64().expect("a count"));
    assert!(2 * run > 3 * bound, "{run} kernels ran, and for {bound} memory was bound");
}

#[test]
fn a_gpu_that_is_taken_away_leaves_the_settings_and_a_way_on() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::serve();
    open(&mut tab, &site, POINTS);
    assert!(tab.is_said("WebGPU") && !tab.is_said("burn-flex"), "{:?}", tab.said(""));
    tab.wait("location.hash.includes('model=')");
    tab.post("Browser.crashGpuProcess", serde_json::json!({}));
    tab.wait(FAILED);
    let shown = tab.text("#failure");
    assert!(shown.contains("The browser took the GPU away"), "{shown}");
    tab.evaluate("document.getElementById('failure-cpu').click()");
    tab.wait(&format!("location.search === '?backend=cpu' && {LIVE}"));
    wait_for_the_processor(&mut tab);
}

/// What [`POINTS`] asks for is there, computed without a GPU.
fn wait_for_the_processor(tab: &mut Tab) {
    tab.wait_said("CPU (burn-flex)");
    tab.settle();
    tab.wait_said("Teacher, 4 steps, the solution, 16 points");
    tab.wait_said("Direct CM, 4 steps, ODE error");
}

#[test]
fn a_gpu_without_memory_is_left_for_the_processor() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::serve();
    tab.prepare(
        "const request = GPUAdapter.prototype.requestDevice;
         GPUAdapter.prototype.requestDevice = async function (...asked) {
             return (globalThis.device = await request.apply(this, asked));
         };",
    );
    open(&mut tab, &site, POINTS);
    assert!(tab.is_said("WebGPU") && !tab.is_said("burn-flex"), "{:?}", tab.said(""));
    tab.evaluate(
        "device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', {
             error: new GPUOutOfMemoryError('there is no memory left'),
         }))",
    );
    tab.wait_said("nothing you set is lost, and the CPU computes now");
    wait_for_the_processor(&mut tab);
}

#[test]
fn a_browser_that_draws_nothing_shows_the_still_pictures_and_says_what_to_switch_on() {
    let Some(mut tab) = tab(NO_GRAPHICS) else { return };
    let site = Site::serve();
    tab.open(&site.url);
    tab.wait(STILL);
    let why = tab.text("#still-why");
    assert!(why.contains("neither by WebGPU nor by WebGL") && !why.contains('{'), "{why}");
    assert!(tab.text("#still-next").contains("Switch hardware acceleration on"));
}
