//! Reads the filters that all logs have.

use std::str::FromStr;

use serde_json::json;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Ref, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::ArrayBuilder,
    },
};

use super::{parameters::Parameters, query::Parsed};
use crate::domain::{
    catalogue::EventType,
    fault::Fault,
    filter::{AnyOf, Filter, Period, SharedFilter},
};

impl<T, O> Parsed for Filter<T, O>
where
    T: EventType + FromStr<Err = Fault> + ToSchema,
    O: Parsed,
{
    fn parse(parameters: &mut Parameters) -> Self {
        let period = Period::parse(parameters);
        let event = parameters.any_of("event");
        let shared = SharedFilter {
            done_by_id: parameters.any_of("doneById"),
            done_by_type: parameters.any_of("doneByType"),
            from_value: parameters.any_of("fromValue"),
            to_value: parameters.any_of("toValue"),
            operation_id: parameters.any_of("operationId"),
        };
        Self { event, shared, period, own: O::parse(parameters) }
    }
}

impl<T: EventType + ToSchema, O: IntoParams> IntoParams for Filter<T, O> {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let types = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).min_items(Some(1));
        let event = ParameterBuilder::new()
            .name("event")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some("Events of any of these types."))
            .schema(Some(types.max_items(Some(AnyOf::<T>::MAXIMUM))))
            .example(Some(json!([T::EXAMPLE])))
            .build();
        [vec![event], SharedFilter::into_params(&within), Period::into_params(&within), O::into_params(&within)].concat()
    }
}
