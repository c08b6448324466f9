#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

struct uv_idle_s;
struct uv_loop_s;

namespace gaikei::io {

/// What is to be done in the next turn of a loop, in the order asked for.
///
/// libuv's own timers of 0 ms are no way to do that: one that is armed by a timer's callback fires
/// in the same turn (up to libuv 1.44), again and again, and no socket is looked at meanwhile.
/// Loop thread only.
class NextTurn {
 public:
  using Task = std::function<void()>;
  /// One place in the queue. Empty: none.
  class Place {
   public:
    bool is_taken() const { return queue_ != nullptr; }

   private:
    friend class NextTurn;
    std::list<std::pair<Place*, Task>>* queue_ = nullptr;
    std::list<std::pair<Place*, Task>>::iterator entry_;
  };

  explicit NextTurn(uv_loop_s* loop);
  /// REQUIRES: Close() and a turn of the loop since.
  ~NextTurn();
  NextTurn(const NextTurn&) = delete;
  NextTurn& operator=(const NextTurn&) = delete;

  /// `place` stays where it is until the task has begun or was withdrawn. REQUIRES: it is empty.
  void Add(Place& place, Task task);
  /// Forgets the task and gives it back, so that the caller says when it is destroyed; empty when
  /// the place was.
  Task Withdraw(Place& place);
  /// Before the loop is closed. Nothing runs any more.
  void Close();

 private:
  using Queue = std::list<std::pair<Place*, Task>>;
  void Run();

  std::unique_ptr<uv_idle_s> idle_;  ///< active while something is queued
  Queue waiting_;
  Queue running_;  ///< of the present turn
};

}  // namespace gaikei::io
