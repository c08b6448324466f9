#include "checks/io/loop/timer.h"

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/next_turn.h"

namespace gaikei::io {

struct Timer::State {
  explicit State(Loop& loop) : next_turn(loop.next_turn()) {}

  uv_timer_t handle{};
  std::function<void()> fire;
  NextTurn& next_turn;
  NextTurn::Place place;  ///< taken while an alarm of no time is armed

  static void OnFire(uv_timer_t* handle) noexcept {
    // On the stack: the callback may destroy the timer, or arm it anew.
    const std::function<void()> fire = std::exchange(static_cast<State*>(handle->data)->fire, {});
    if (fire) fire();
  }

  static void Close(State* state) {
    uv_timer_stop(&state->handle);
    const NextTurn::Task dropped = state->next_turn.Withdraw(state->place);
    state->fire = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
             [](uv_handle_t* closed) { delete static_cast<State*>(closed->data); });
  }
};

Timer::Timer(Loop& loop) : state_(new State(loop), &State::Close) {
  uv_timer_init(loop.native(), &state_->handle);  // cannot fail
  state_->handle.data = state_.get();
}
Timer::~Timer() = default;
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&&) noexcept = default;

void Timer::Arm(Span after, std::function<void()> fire) {
  constexpr std::uint64_t kMillisecond = 1'000'000;
  const NextTurn::Task withdrawn = state_->next_turn.Withdraw(state_->place);
  if (after <= Span::zero()) {
    uv_timer_stop(&state_->handle);
    const std::function<void()> dropped = std::exchange(state_->fire, {});
    state_->next_turn.Add(state_->place, std::move(fire));
    return;
  }
  uv_loop_t* loop = state_->handle.loop;
  uv_update_time(loop);
  // libuv fires once its clock, in whole milliseconds rounded down, has reached the sum; rounding
  // the instant itself up is what makes it never early.
  const std::uint64_t due = uv_hrtime() + static_cast<std::uint64_t>(after.count());
  const std::uint64_t due_ms = (due + kMillisecond - 1) / kMillisecond;
  const std::uint64_t delay = due_ms - std::min(due_ms, uv_now(loop));
  std::function<void()> replaced = std::exchange(state_->fire, std::move(fire));
  uv_timer_start(&state_->handle, &State::OnFire, delay, 0);
}

void Timer::Disarm() {
  if (!state_) return;
  uv_timer_stop(&state_->handle);
  // Last: what the callback holds may own this timer.
  const NextTurn::Task withdrawn = state_->next_turn.Withdraw(state_->place);
  const std::function<void()> dropped = std::exchange(state_->fire, {});
}

bool Timer::is_armed() const {
  return state_ && (state_->place.is_taken() ||
                    uv_is_active(reinterpret_cast<const uv_handle_t*>(&state_->handle)) != 0);
}

}  // namespace gaikei::io
