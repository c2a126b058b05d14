//! Creates, renames and deletes tags.

use super::{
    World,
    items::{DELETION_REASONS, Names, RENAMING_REASONS, TEMPORARY_TAGS},
    journal::Click,
    settings::{Tag, other_name, reason},
    values::{Named, plain},
};
use crate::domain::audit_event::ItemType;

impl World {
    pub(super) fn create_tag(&mut self, click: &Click, names: Names, name: String) {
        let named = Named { id: format!("tag-{:03}", self.settings.tags.len() + 1), name };
        self.journal.audit(click, "TAG_CREATED", named.item(ItemType::Tag), None, plain(&named.name), None);
        self.settings.tags.push(Tag { named, names, live: true });
    }

    pub(super) fn create_temporary_tag(&mut self) {
        let number = self.chance.number(1000, 9999).to_string();
        let name = self.chance.row(&TEMPORARY_TAGS).replace("{number}", &number);
        let click = self.settings_click();
        self.create_tag(&click, &[], name);
    }

    pub(super) fn rename_tag(&mut self) {
        let Some(index) = self.chance.any(self.settings.live_tags()) else { return };
        let tag = &self.settings.tags[index];
        let Some(name) = other_name(&mut self.chance, tag.names, &tag.named.name) else { return };
        let click = self.settings_click();
        let named = &mut self.settings.tags[index].named;
        let from = std::mem::replace(&mut named.name, name.to_owned());
        let details = reason(&mut self.chance, &RENAMING_REASONS);
        self.journal.audit(&click, "TAG_RENAMED", named.item(ItemType::Tag), plain(&from), plain(name), details);
    }

    /// Deletes a temporary tag. The same operation removes it from all conversations that are not closed.
    pub(super) fn delete_tag(&mut self) {
        let temporary = self.settings.live_tags().filter(|index| self.settings.tags[*index].names.is_empty());
        let Some(index) = self.chance.any(temporary) else { return };
        let click = self.settings_click();
        let tag = &mut self.settings.tags[index];
        tag.live = false;
        for conversation in self.conversations.iter_mut().filter(|conversation| !conversation.over) {
            let count = conversation.tags.len();
            conversation.tags.retain(|tag| *tag != index);
            if conversation.tags.len() < count {
                self.journal.record(&click, "TAG_REMOVED", &conversation.id, tag.named.value(), None);
            }
        }
        let details = reason(&mut self.chance, &DELETION_REASONS);
        self.journal.audit(&click, "TAG_DELETED", tag.named.item(ItemType::Tag), plain(&tag.named.name), None, details);
    }
}
