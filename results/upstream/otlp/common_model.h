#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "results/time.h"

namespace gaikei::otlp {

/// AnyValue, as far as we use it (opentelemetry/proto/common/v1/common.proto).
using Value = std::variant<std::string, bool, std::int64_t, double>;

/// KeyValue.
struct Attribute {
  std::string key;
  Value value;
  bool operator==(const Attribute&) const = default;
};
/// Keys are unique in a list.
using Attributes = std::vector<Attribute>;

/// The attributes of a point: those of its series, which all its points share, and its own.
struct PointAttributes {
  std::shared_ptr<const Attributes> shared;  ///< null: none
  Attributes own;
};

/// InstrumentationScope.
struct Scope {
  std::string name;
  std::string version;  ///< empty: not told
};

/// Who says it, and by what: stands before everything that a request carries.
struct Origin {
  Attributes resource;
  Scope scope;
};

/// 16 and 8 bytes; empty: none.
using TraceId = std::string;
using SpanId = std::string;

/// Unix time in nanoseconds, as OTLP's fixed64.
constexpr std::uint64_t UnixNanos(WallTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

}  // namespace gaikei::otlp
