#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "probe/import/header_keys.h"

namespace gaikei {

/// One request of a HAR as it was recorded. Texts are valid UTF-8.
struct HarEntry {
  std::string method;
  std::string url;
  std::string type;  ///< the recorder's own word, lower case: "xhr"; empty: not told
  HeaderList headers;
  std::string body;         ///< text of postData, or its parameters encoded as a form
  bool has_body = false;    ///< an empty one counts as none
  bool has_files = false;   ///< files were uploaded, which are not recorded
  std::string body_type;    ///< mimeType of postData
  int status = 0;           ///< of the answer; 0: none
  std::string answer_type;  ///< mimeType of the answer
  double time = 0;          ///< of the whole, in ms; 0: not told
};

/// The entries of a recording in the order they began. The error is one line.
tl::expected<std::vector<HarEntry>, std::string> ReadHarEntries(std::string_view text);

}  // namespace gaikei
