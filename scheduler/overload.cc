#include "scheduler/overload.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/text.h"

namespace gaikei {
namespace {

constexpr unsigned kMostImportant = 100;
constexpr unsigned kBands = 3;  // low, normal, high

std::string TroubleOf(const LoadSigns& signs) {
  if (signs.loop_lag > OverloadManager::kMostLag) {
    return fmt::format("the loops run {} late", FormatDuration(signs.loop_lag));
  }
  if (signs.memory_left < OverloadManager::kLeastMemory) {
    return fmt::format("{:.1f} % of the memory are left", signs.memory_left * 100);
  }
  if (signs.waiting > 0) return fmt::format("{} slots wait for a place", signs.waiting);
  return {};
}

}  // namespace

unsigned OverloadManager::Look(const LoadSigns& signs, MonoTime now) {
  trouble_ = TroubleOf(signs);
  const bool is_troubled = !trouble_.empty();
  if (!has_looked_ || is_troubled != was_troubled_) since_ = now;
  has_looked_ = true;
  was_troubled_ = is_troubled;
  if (is_troubled && stage_ < kMostStage && now - since_ >= kWorseAfter) {
    ++stage_;
    since_ = now;
  } else if (!is_troubled && stage_ > 0 && now - since_ >= kBetterAfter) {
    --stage_;
    since_ = now;
  }
  return stage_;
}

unsigned StretchOf(unsigned stage, unsigned priority) {
  constexpr unsigned kFirstStretch = 2;
  if (priority >= kMostImportant || stage < kFirstStretch) return 1;
  const unsigned steps = stage - 1;
  const unsigned spared = priority * kBands / kMostImportant;
  return steps > spared ? 1U << (steps - spared) : 1;
}

}  // namespace gaikei
