#pragma once

#include <optional>
#include <string>

#include "checks/spec.h"
#include "probe/config/defaults.h"
#include "probe/config/expressions.h"

namespace gaikei {

/// What all checks of a configuration are read with.
struct CheckContext {
  const Defaults& defaults;
  const KnownRegions& regions;
  ExpressionCompiler& expressions;
  ErrorList& errors;
};

/// `[check.NAME]`. Everything wrong is in the errors; what comes back is to be used only where
/// there were none. `name` empty: the target as it was given, without credentials.
CheckSpec ReadCheck(const Node& table, const std::string& name, CheckContext& context);

/// `address`: a numeric one. REQUIRES: spec.family is read.
void ReadAddress(TableReader& reader, CheckSpec& spec);

/// The keys of an http check beside those of every check.
void ReadHttpCheckKeys(TableReader& reader, CheckSpec& spec);

/// Empty for a name of a check, a region or an upstream that may be; else why not.
std::string WhyNoName(const std::string& name);

}  // namespace gaikei
