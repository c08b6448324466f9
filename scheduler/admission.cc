#include "scheduler/admission.h"

#include <fmt/format.h>

#include "scheduler/host_limits.h"

namespace gaikei {
namespace {

constexpr char kOverBudget[] =
    "the host may not be asked so often: what max_rate_per_host leaves was spent";

std::string NoPlace(const PlannedCheck& planned, const Gate& gate) {
  const bool is_kind = planned.kind_gate.get() == &gate;
  return fmt::format("no place was free in time: at most {} attempts {} may be in flight ({})",
                     gate.places(), is_kind ? "of kind " + planned.identity->kind : "to this host",
                     is_kind ? "max_in_flight_per_kind" : "max_in_flight_per_host");
}

}  // namespace

Admission::Admission(Clock& clock, Hooks hooks)
    : clock_(clock), hooks_(std::move(hooks)), alarm_(clock.NewAlarm()) {}

Admission::~Admission() { TakeAll(); }

std::optional<Slot> Admission::Enter(Slot slot) {
  const PlannedCheck& planned = *slot.planned;
  if (!planned.host_limits && !planned.kind_gate) return slot;
  const Id id = next_id_++;
  Held held;
  held.slot = std::move(slot);
  if (Advance(id, held)) return std::move(held.slot);
  if (!held.from && planned.host_limits && planned.host_limits->budget) {
    refused_.push_back({std::move(held.slot), kOverBudget});
    return std::nullopt;
  }
  if (held.slot.expires != MonoTime::max()) expiries_.emplace(held.slot.expires, id);
  held_.emplace(id, std::move(held));
  ArmBudget();
  return std::nullopt;
}

bool Admission::Advance(Id id, Held& held) {
  const PlannedCheck& planned = *held.slot.planned;
  if (planned.host_limits) {
    if (planned.host_limits->budget && !TakeBudget(id, held)) return false;
    if (!EnterGate(id, held, planned.host_limits->gate.get(), held.slot.is_in_host)) return false;
  }
  return EnterGate(id, held, planned.kind_gate.get(), held.slot.is_in_kind);
}

bool Admission::TakeBudget(Id id, Held& held) {
  const MonoTime now = clock_.Mono();
  if (!held.from) {
    held.from = held.slot.planned->host_limits->budget->Reserve(now, held.slot.expires);
    if (!held.from) return false;
    if (*held.from > now) starts_.emplace(*held.from, id);
  }
  return *held.from <= now;
}

bool Admission::EnterGate(Id id, Held& held, Gate* gate, bool& is_in) {
  if (gate == nullptr || is_in) return true;
  held.waiter = std::make_shared<GateWaiter>();
  held.waiter->granted = [this, id, alive = std::weak_ptr(alive_)] {
    // With the gate locked, so that nobody who waits goes while the word is passed on.
    hooks_.post([this, id, alive] {
      if (!alive.expired()) OnGranted(id);
    });
  };
  is_in = gate->Enter(held.waiter);
  held.gate = is_in ? nullptr : gate;
  return is_in;
}

void Admission::OnGranted(Id id) {
  const auto at = held_.find(id);
  if (at == held_.end()) return;  // it had given up meanwhile
  Held& held = at->second;
  const bool is_kind = held.gate == held.slot.planned->kind_gate.get();
  (is_kind ? held.slot.is_in_kind : held.slot.is_in_host) = true;
  held.gate = nullptr;
  Continue(id);
}

void Admission::Continue(Id id) {
  const auto at = held_.find(id);
  if (!Advance(id, at->second)) return;
  ready_.push_back(TakeOut(at));
  hooks_.on_ready();
}

void Admission::OnBudget() {
  const MonoTime now = clock_.Mono();
  while (!starts_.empty() && starts_.begin()->first <= now) {
    const Id id = starts_.begin()->second;
    starts_.erase(starts_.begin());
    Continue(id);
  }
  ArmBudget();
}

void Admission::ArmBudget() {
  if (starts_.empty()) {
    alarm_->Disarm();
  } else {
    alarm_->Arm(starts_.begin()->first, [this] { OnBudget(); });
  }
}

std::optional<Slot> Admission::TakeReady() {
  if (ready_.empty()) return std::nullopt;
  Slot slot = std::move(ready_.front());
  ready_.pop_front();
  return slot;
}

Slot Admission::TakeOut(std::map<Id, Held>::iterator at) {
  Held& held = at->second;
  if (held.gate != nullptr && !held.gate->Withdraw(held.waiter)) held.gate->Leave();
  expiries_.erase({held.slot.expires, at->first});
  if (held.from) starts_.erase({*held.from, at->first});
  Slot slot = std::move(held.slot);
  held_.erase(at);
  return slot;
}

std::vector<Refusal> Admission::TakeRefused(MonoTime now) {
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    const auto at = held_.find(expiries_.begin()->second);
    std::string why = at->second.gate != nullptr
                          ? NoPlace(*at->second.slot.planned, *at->second.gate)
                          : std::string(kOverBudget);
    Slot slot = TakeOut(at);
    Leave(slot);
    refused_.push_back({std::move(slot), std::move(why)});
  }
  return std::exchange(refused_, {});
}

std::vector<Slot> Admission::TakeAll() {
  std::vector<Slot> all;
  for (Refusal& refusal : std::exchange(refused_, {})) all.push_back(std::move(refusal.slot));
  while (auto slot = TakeReady()) all.push_back(std::move(*slot));
  while (!held_.empty()) all.push_back(TakeOut(held_.begin()));
  for (Slot& slot : all) Leave(slot);
  alarm_->Disarm();
  return all;
}

void Admission::Leave(Slot& slot) {
  if (std::exchange(slot.is_in_host, false)) slot.planned->host_limits->gate->Leave();
  if (std::exchange(slot.is_in_kind, false)) slot.planned->kind_gate->Leave();
}

}  // namespace gaikei
