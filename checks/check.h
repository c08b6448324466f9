#pragma once

#include <functional>
#include <memory>

#include "regions/region.h"
#include "results/outcome.h"

namespace gaikei {

namespace io {
class Engine;
struct Address;
}  // namespace io

/// What an attempt is given to work with. Everything outlives the attempt.
struct AttemptContext {
  io::Engine& engine;    ///< of the loop the attempt runs on
  const Region& region;  ///< where to look from
  Span timeout;          ///< total deadline, from the call of Start()
  /// Where the target's own host is to be reached, whatever its name resolves to; null: resolve it.
  const io::Address* peer = nullptr;
};

/// One attempt in flight. Destroying it cancels: nothing is called afterwards.
class Attempt {
 public:
  virtual ~Attempt() = default;
};

/// Called exactly once, on the loop's thread, never before Start() has returned. The callee may
/// destroy the Attempt from inside the call.
using AttemptDone = std::function<void(Observation)>;

/// One thing to look at, compiled from its CheckSpec once at load (URL, expressions, TLS setup).
/// Immutable: shared by all loops and regions.
class Check {
 public:
  virtual ~Check() = default;
  virtual std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const = 0;
};

}  // namespace gaikei
