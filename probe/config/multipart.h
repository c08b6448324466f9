#pragma once

#include <string>

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// A body of multipart/form-data (RFC 7578), and what it is sent with.
struct Multipart {
  Secret body;       ///< secret where a part of it is
  std::string type;  ///< "multipart/form-data; boundary=..."
};

/// `multipart = [{ name, value = TEXT | SECRET, type }, { name, file = "PATH", filename, type }]`:
/// the parts in their order. A file is sent byte for byte, as application/octet-stream under the
/// last part of its path unless something else is said; it is no secret. The boundary is in no
/// part, and the same for the same parts. At most kBodyLimit together.
Multipart ReadMultipart(const Node& array, ErrorList& errors);

}  // namespace gaikei
