#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "regions/region.h"
#include "results/outcome.h"

namespace gaikei {

namespace io {
class Engine;
struct Address;
}  // namespace io

/// What a further attempt of a slot does differently from the one that failed, to find out what
/// the failure hangs on. One thing at a time.
enum class Change : std::uint8_t {
  kNothing,      ///< the same again
  kAddress,      ///< another address of the same family
  kFamily,       ///< an address of the other family
  kResolver,     ///< another name server is asked
  kHttpVersion,  ///< HTTP/1.1 instead of HTTP/2
};
/// "nothing", "address", "family", "resolver", "http_version".
std::string_view Name(Change change);

/// What an attempt is given to work with. Everything outlives the attempt.
struct AttemptContext {
  io::Engine& engine;    ///< of the loop the attempt runs on
  const Region& region;  ///< where to look from
  Span timeout;          ///< total deadline, from the call of Start()
  /// Where the target's own host is to be reached, whatever its name resolves to; null: resolve it.
  const io::Address* peer = nullptr;
  Change change = Change::kNothing;
  /// The attempt of the same slot that failed first; null: this is the first.
  const Observation* failed = nullptr;
};

/// One attempt in flight. Destroying it cancels: nothing is called afterwards.
class Attempt {
 public:
  virtual ~Attempt() = default;
  /// For who is about to destroy it before its end, once: what it has seen and is worth keeping. A
  /// status other than kPass is a verdict that stands already; else duration and `other` are the
  /// caller's to settle. Default: nothing.
  virtual Observation Unfinished() { return {}; }
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
  /// What further attempts of a slot can do differently after `failed`, in this order; what is not
  /// in the list is not asked for. Default: nothing.
  virtual std::vector<Change> ChangesAfter([[maybe_unused]] const Observation& failed,
                                           [[maybe_unused]] const AttemptContext& context) const {
    return {};
  }
  /// Time that an attempt may take beside its timeout, and that is no part of its duration (a token
  /// is fetched). Default: none.
  virtual Span preparation() const { return Span::zero(); }
};

}  // namespace gaikei
