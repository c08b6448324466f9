#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/import/toml_writer.h"

namespace gaikei {

/// True for a name of a header, a field or a parameter whose value gives access to something.
bool IsNamedLikeASecret(std::string_view name);

/// The secrets that an import has met, each under the name of an environment variable. Their texts
/// are known here alone and never written.
class SecretNames {
 public:
  struct Entry {
    std::string variable;  ///< "PROBE_PASSWORD"
    std::string use;       ///< "step \"login\": password in json"
  };

  /// `{ env = "PROBE_..." }`, named after `what`; the same text gets the same name again.
  TomlValue Put(std::string_view what, std::string_view text, std::string use);

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  std::vector<std::string> texts_;  // by index of entries_
};

}  // namespace gaikei
