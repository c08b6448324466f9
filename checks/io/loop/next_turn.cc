#include "checks/io/loop/next_turn.h"

#include <uv.h>

#include <iterator>
#include <utility>

namespace gaikei::io {

NextTurn::NextTurn(uv_loop_t* loop) : idle_(std::make_unique<uv_idle_t>()) {
  uv_idle_init(loop, idle_.get());  // cannot fail
  idle_->data = this;
}

NextTurn::~NextTurn() = default;

void NextTurn::Add(Place& place, Task task) {
  waiting_.emplace_back(&place, std::move(task));
  place.queue_ = &waiting_;
  place.entry_ = std::prev(waiting_.end());
  // Idle callbacks come after the timers and before the sockets, and keep the loop from sleeping.
  uv_idle_start(idle_.get(),
                [](uv_idle_t* idle) noexcept { static_cast<NextTurn*>(idle->data)->Run(); });
}

NextTurn::Task NextTurn::Withdraw(Place& place) {
  if (!place.is_taken()) return {};
  Task task = std::move(place.entry_->second);
  std::exchange(place.queue_, nullptr)->erase(place.entry_);
  if (waiting_.empty() && running_.empty()) uv_idle_stop(idle_.get());
  return task;
}

void NextTurn::Run() {
  // What these ask for waits for the turn after this one.
  running_.swap(waiting_);
  for (auto& [place, task] : running_) place->queue_ = &running_;
  while (!running_.empty()) {
    Place& place = *running_.front().first;
    const Task task = Withdraw(place);
    if (task) task();  // may destroy its place, and withdraw others
  }
  if (waiting_.empty()) uv_idle_stop(idle_.get());
}

void NextTurn::Close() { uv_close(reinterpret_cast<uv_handle_t*>(idle_.get()), nullptr); }

}  // namespace gaikei::io
