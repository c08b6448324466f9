#include "results/phases.h"

#include <algorithm>

namespace gaikei {

std::string_view Name(Phase phase) {
  switch (phase) {
    case Phase::kResolve:
      return "resolve";
    case Phase::kConnect:
      return "connect";
    case Phase::kTls:
      return "tls";
    case Phase::kProcessing:
      return "processing";
    case Phase::kTransfer:
      return "transfer";
  }
  return "";
}

std::optional<Phase> ParsePhase(std::string_view name) {
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (Name(static_cast<Phase>(i)) == name) return static_cast<Phase>(i);
  }
  return std::nullopt;
}

void Phases::Add(Phase phase, Span span) {
  auto& slot = (*this)[phase];
  slot = slot.value_or(Span::zero()) + span;
}

void Phases::Add(const Phases& more) {
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (more.spent[i]) Add(static_cast<Phase>(i), *more.spent[i]);
  }
  other += more.other;
}

Span Phases::Sum() const {
  Span sum = other;
  for (const auto& phase : spent) sum += phase.value_or(Span::zero());
  return sum;
}

void Phases::SettleOther(Span duration) {
  other = Span::zero();
  other = std::max(Span::zero(), duration - Sum());
}

}  // namespace gaikei
