#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/reason.h"

namespace gaikei::demo {

/// One target of the demo, and the verdict it must get.
struct DemoCase {
  std::string name;  ///< of its check
  std::string does;  ///< what it does, in a few words
  std::string target;
  std::string timeout;                ///< a duration
  std::vector<std::string> settings;  ///< further lines of its table, as TOML
  Status status = Status::kPass;      ///< announced: of its first slot
  Reason reason = Reason::kNone;
};

/// Servers on 127.0.0.1 that misbehave on cue, the zone their names are in, and a configuration
/// that looks at them. Everything ends, and the files go, when it is destroyed.
///
/// Threads of its own; the owner's thread constructs, reads and destroys.
class DemoTargets {
 public:
  /// `listen` goes into the configuration as probe.listen. The error is one line.
  static tl::expected<std::unique_ptr<DemoTargets>, std::string> Start(std::string_view listen);
  ~DemoTargets();
  DemoTargets(const DemoTargets&) = delete;
  DemoTargets& operator=(const DemoTargets&) = delete;

  /// The region of the configuration, with the demo's own resolver.
  static constexpr std::string_view kRegion = "demo";

  const std::vector<DemoCase>& cases() const;
  /// A gaikei.toml with a check for each case, in a private directory.
  const std::string& config_file() const;

 private:
  struct Impl;
  explicit DemoTargets(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::demo
