#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "results/metrics.h"
#include "results/outcome.h"
#include "results/recorder.h"

namespace gaikei {

/// The results thread: takes outcomes from the loops in batches, and hands each batch to the
/// metrics, the recorder and whoever comes after. Whatever these do, no check waits for it.
///
/// The owner's thread constructs, stops and destroys; Push() is for the loops' threads. The
/// recorder and the metrics outlive it and may be read from other threads meanwhile (their own
/// headers say how).
class ResultsThread {
 public:
  /// `pass_on` is given each batch in the end, on the results thread.
  ResultsThread(Recorder& recorder, MetricStore& metrics,
                std::function<void(std::vector<Outcome>)> pass_on);
  /// Stops, if Stop() was not called.
  ~ResultsThread();
  ResultsThread(const ResultsThread&) = delete;
  ResultsThread& operator=(const ResultsThread&) = delete;

  /// Any thread. REQUIRES: Stop() has not been called.
  void Push(Outcome outcome);
  /// Runs `task` on the results thread, between batches. Any thread.
  void Post(std::function<void()> task);
  /// Takes what is still queued, commits, joins.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
