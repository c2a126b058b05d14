//! Creates, renames, redirects, enables and disables routes.

use super::{
    World,
    items::{REASONS, RENAMING_REASONS, RouteTemplate},
    journal::Click,
    settings::{Route, other_name, reason},
    values::{Named, plain, value},
};
use crate::domain::{audit_event::ItemType, event::LabelledValue};

impl World {
    pub(super) fn create_route(&mut self, click: &Click, template: &RouteTemplate) {
        let name = template.names.first().copied().unwrap_or_default().to_owned();
        let named = Named { id: format!("r-{:02}", self.settings.routes.len() + 1), name };
        self.journal.audit(click, "ROUTE_CREATED", named.item(ItemType::Route), None, plain(&named.name), None);
        self.settings.routes.push(Route {
            named,
            names: template.names,
            channel: template.channel,
            queue: template.queue,
            home: template.queue,
            priority: template.priority,
            enabled: true,
            only_during_working_hours: false,
        });
    }

    pub(super) fn rename_route(&mut self) {
        let Some(index) = self.any_route() else { return };
        let route = &self.settings.routes[index];
        let Some(name) = other_name(&mut self.chance, route.names, &route.named.name) else { return };
        let from = std::mem::replace(&mut self.settings.routes[index].named.name, name.to_owned());
        self.audit_route("ROUTE_RENAMED", index, plain(&from), plain(name));
    }

    pub(super) fn change_route_destination(&mut self) {
        // A redirected route is restored first, unless it leads to a temporary queue. So most names of routes match their queues.
        let is_redirected = |index: &usize| {
            let route = &self.settings.routes[*index];
            route.queue != route.home && !self.settings.queues[route.queue].temporary
        };
        let redirected = (0..self.settings.routes.len()).filter(is_redirected);
        let Some(index) = self.chance.any(redirected).or_else(|| self.any_route()) else { return };
        let Route { queue: current, home, .. } = self.settings.routes[index];
        let elsewhere = self.chance.any(self.settings.live_queues().filter(|queue| *queue != current));
        let Some(queue) = (if current == home { elsewhere } else { Some(home) }) else { return };
        let click = self.settings_click();
        self.redirect_route(&click, index, queue);
    }

    /// Redirects a route to another queue.
    pub(super) fn redirect_route(&mut self, click: &Click, index: usize, queue: usize) {
        let route = &mut self.settings.routes[index];
        let from = std::mem::replace(&mut route.queue, queue);
        let [from, to] = [from, queue].map(|queue| self.settings.queues[queue].named.value());
        let details = reason(&mut self.chance, &REASONS);
        self.journal.audit(click, "ROUTE_DESTINATION_QUEUE_CHANGED", route.named.item(ItemType::Route), from, to, details);
    }

    pub(super) fn change_route_priority(&mut self) {
        let Some(index) = self.any_route() else { return };
        let current = self.settings.routes[index].priority;
        let Some(priority) = self.chance.any((1..=10).filter(|priority| *priority != current)) else { return };
        self.settings.routes[index].priority = priority;
        let [from, to] = [current, priority].map(|priority| plain(&priority.to_string()));
        self.audit_route("ROUTE_PRIORITY_CHANGED", index, from, to);
    }

    pub(super) fn change_route_enabled(&mut self) {
        // A disabled route is enabled first, so that most routes are enabled.
        let off = (0..self.settings.routes.len()).filter(|index| !self.settings.routes[*index].enabled);
        let Some(index) = self.chance.any(off).or_else(|| self.any_route()) else { return };
        let enabled = &mut self.settings.routes[index].enabled;
        *enabled = !*enabled;
        let [from, to] = [!*enabled, *enabled].map(|on| switch(on, "Enabled", "Disabled"));
        self.audit_route("ROUTE_ENABLED_CHANGED", index, from, to);
    }

    pub(super) fn change_route_working_hours(&mut self) {
        let Some(index) = self.any_route() else { return };
        let only = &mut self.settings.routes[index].only_during_working_hours;
        *only = !*only;
        let [from, to] = [!*only, *only].map(|only| switch(only, "Only during working hours", "Always"));
        self.audit_route("ROUTE_ONLY_DURING_WORKING_HOURS_CHANGED", index, from, to);
    }

    fn any_route(&mut self) -> Option<usize> {
        self.chance.any(0..self.settings.routes.len())
    }

    fn audit_route(&mut self, code: &str, index: usize, from: Option<LabelledValue>, to: Option<LabelledValue>) {
        let click = self.settings_click();
        let reasons: &[&str] = if code == "ROUTE_RENAMED" { &RENAMING_REASONS } else { &REASONS };
        let details = reason(&mut self.chance, reasons);
        self.journal.audit(&click, code, self.settings.routes[index].named.item(ItemType::Route), from, to, details);
    }
}

fn switch(on: bool, label_on: &str, label_off: &str) -> Option<LabelledValue> {
    value(&on.to_string(), if on { label_on } else { label_off })
}
