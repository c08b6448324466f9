#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checks/journey/template.h"
#include "probe/config/reader.h"
#include "probe/config/target.h"

namespace gaikei {

/// Which names ${name} may use in a step: the built-ins, and what an earlier step may have
/// captured.
class KnownVariables {
 public:
  void Add(const std::string& name) { names_.insert(name); }
  bool Has(std::string_view name) const;
  /// An error at `position` where nothing before this step captures `name`.
  void Verify(std::string_view name, const Position& position, ErrorList& errors) const;

 private:
  std::set<std::string, std::less<>> names_;
};

/// Verifies the ${name} of every text below the keys of a step that may hold some: headers, body,
/// json, form, multipart, cookies, auth. A secret is taken as it is: one with `${` in it is an
/// error.
void VerifyTemplates(const Node& step, const KnownVariables& variables, ErrorList& errors);

/// A target that may hold ${name}: what is shown of it has them where they stand. The error is one
/// line without credentials and without the query. REQUIRES: `text` compiles for Place::kUrl.
tl::expected<Target, std::string> ParseTargetTemplate(std::string_view text,
                                                      const Template& compiled);

}  // namespace gaikei
