#pragma once

#include <cstddef>
#include <functional>

#include "results/outcome.h"

namespace gaikei {

namespace io {
class ConnectionCache;
class HttpTransfer;
struct HttpAnswer;
struct Url;
}  // namespace io

/// What the HTTP attempts of one journey run share. Belongs to the run, outlives every attempt
/// that is given it. One attempt at a time. Loop thread only.
struct HttpRun {
  /// Carries the cookie jar from step to step; null: the attempt makes one of its own.
  io::HttpTransfer* transfer = nullptr;
  /// Connections are left here and taken from here; null: each request gets a fresh one.
  io::ConnectionCache* connections = nullptr;
  /// Bytes of the decoded body to keep at least, for `on_answer`.
  std::size_t keep_limit = 0;
  /// Called with the final answer just before it is judged and dropped, a redirect that is not
  /// followed included, and the URL that it came from; not called where there is none. It must not
  /// destroy the attempt.
  std::function<void(const io::HttpAnswer&, const io::Url&, Observation&)> on_answer = {};
};

}  // namespace gaikei
