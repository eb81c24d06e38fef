// zlib: its initialisers are macros, wrapped here for the one format Sluice speaks, gzip (RFC 1952).
#ifndef SLUICE_CZLIB_H
#define SLUICE_CZLIB_H

#include <zlib.h>

/// 15 bits of window, plus 16: gzip framing.
static inline int sluice_gzip_deflate_init(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
static inline int sluice_gzip_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
