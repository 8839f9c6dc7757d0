//! The exponential moving average of weights, `ema <- d ema + (1 - d) w`.
//!
//! Early in a run d is smaller, `(1 + step) / (10 + step)`, so that the average forgets the start.

use std::collections::HashMap;

use burn::{
    module::{ModuleMapper, ModuleVisitor, Param, ParamId},
    prelude::*,
};

/// `ema` one step further towards `live`, whose parameters have the same identities.
pub fn update<M: Module>(ema: M, live: &M, decay: f64, step: u64) -> M {
    let warm = (1.0 + step as f64) / (10.0 + step as f64);
    let mut flat = Flat(HashMap::new());
    live.visit(&mut flat);
    ema.map(&mut Towards { live: flat.0, rate: 1.0 - decay.min(warm) })
}

struct Flat(HashMap<ParamId, Tensor<1>>);

impl ModuleVisitor for Flat {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        let length = value.shape().num_elements();
        self.0.insert(param.id, value.reshape([length]));
    }
}

struct Towards {
    live: HashMap<ParamId, Tensor<1>>,
    rate: f64,
}

impl ModuleMapper for Towards {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let live = self.live.remove(&param.id).expect("an average has its network's parameters");
        let rate = self.rate;
        param.map(|ema| {
            let live = live.reshape(ema.shape());
            ema.clone() + (live - ema) * rate
        })
    }
}
