//! The schemas of parts of events in requests.

use std::{borrow::Cow, marker::PhantomData};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, Type, schema::AdditionalProperties, schema::SchemaType},
};

/// A `T` as producers send it: members that may be null are optional, and unknown members are refused. In responses every member is
/// present, and later versions may add members.
#[derive(Debug)]
pub struct Sent<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for Sent<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.retain(|name| !object.properties.get(name).is_some_and(is_nullable));
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Sent<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Input", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::OneOf(alternatives)) = schema else { return false };
    alternatives
        .items
        .iter()
        .any(|item| matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null)))
}
