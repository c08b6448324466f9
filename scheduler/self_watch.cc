#include "scheduler/self_watch.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace gaikei {
namespace {

constexpr std::chrono::seconds kEvery{1};
constexpr std::chrono::milliseconds kLinksEvery{250};

double MemoryLeft(const Resources& resources) {
  if (!resources.memory || !resources.memory_available || *resources.memory == 0) return 1;
  return static_cast<double>(*resources.memory_available) / static_cast<double>(*resources.memory);
}

std::string StageText(unsigned stage, const std::string& trouble) {
  std::string text = fmt::format("overload stage {}", stage);
  text += trouble.empty() ? ": all was well for a while" : ": " + trouble;
  if (stage == 1) text += "; no ad-hoc checks";
  if (stage > 1) {
    text += fmt::format(
        "; of low priority every {}, of normal every {}, of high every {} slots is made",
        StretchOf(stage, 0), StretchOf(stage, 50), StretchOf(stage, 75));
  }
  return text;
}

}  // namespace

SelfWatch::SelfWatch(LoadLimits limits, const Resources& start, SelfJudge& judge, Hooks hooks)
    : limits_(std::move(limits)),
      start_(start),
      judge_(judge),
      hooks_(std::move(hooks)),
      capacity_(CapacityOf(limits_, start)) {
  looked_at_ = MonoNow();
  judge_.network().Look(looked_at_);
  judge_.LookAtCpu(looked_at_);
  thread_ = std::thread([this] { Main(); });
}

SelfWatch::~SelfWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void SelfWatch::Main() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLinksEvery, [this] { return is_stopping_; })) {
    lock.unlock();
    const MonoTime now = MonoNow();
    judge_.network().Look(now);
    if (now - looked_at_ >= kEvery) Look(now);
    lock.lock();
  }
}

void SelfWatch::Look(MonoTime now_at) {
  judge_.LookAtCpu(now_at);
  looked_at_ = now_at;
  Resources now = ReadResources();
  LoadSigns signs = hooks_.look();
  signs.memory_left = MemoryLeft(now);
  // What attempts in flight have open and in memory is no loss of room for attempts.
  now.descriptors_open = start_.descriptors_open;
  now.memory_available = start_.memory_available;
  const Capacity capacity = CapacityOf(limits_, now);
  if (!(capacity == capacity_)) {
    if (capacity.in_flight != capacity_.in_flight) {
      hooks_.warn(fmt::format("at most {} attempts may be in flight from now on: {}",
                              capacity.in_flight, capacity.why));
    }
    capacity_ = capacity;
    hooks_.set_capacity(capacity_);
  }
  const unsigned before = overload_.stage();
  const unsigned stage = overload_.Look(signs, now_at);
  if (stage == before) return;
  hooks_.warn(StageText(stage, overload_.trouble()));
  hooks_.set_stage(stage);
}

}  // namespace gaikei
