#include "firmware/unpack/known-kind.h"

#include <string.h>

#include <zlib.h>

#include "firmware/unpack/content.h"
#include "firmware/unpack/pgp-packet.h"

static bool begins_with(const guint8 *data, gsize size, gsize offset, const char *magic, gsize length) {
  return size >= offset + length && memcmp(data + offset, magic, length) == 0;
}

/* Four characters that can be read, as names of chunks and boxes are. */
static bool is_name(const guint8 *name) {
  for (guint i = 0; i < 4; i++)
    if (!g_ascii_isprint(name[i]) && name[i] != 0xa9) /* QuickTime's (c) */
      return false;
  return true;
}

/* --- pictures ------------------------------------------------------------------------------------
 */

/* Chunks of pixels and of what is packed by the standard; the others are looked at. */
static bool is_packed_chunk(const guint8 *name) {
  static const char names[][5] = {"IDAT", "fdAT", "iCCP", "zTXt", "iTXt"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (memcmp(name, names[i], 4) == 0)
      return true;
  return false;
}

/* Source: W3C PNG, 5.3 to 5.6 and 10.1; RFC 1950, 2.2. */
static gsize png_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  const guint8 *name = NULL, *body = NULL;
  guint32 length = 0, crc = 0;
  bool has_pixels = false;
  if (!begins_with(data, size, 0, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16))
    return 0;
  ak_reader_seek(&reader, 8, NULL);
  while (ak_reader_u32be(&reader, &length, NULL) && ak_reader_bytes(&reader, 4, &name, NULL) && is_name(name) &&
         ak_reader_bytes(&reader, length, &body, NULL) && ak_reader_u32be(&reader, &crc, NULL)) {
    if (crc32_z(0, name, (gsize)length + 4) != crc || (!is_packed_chunk(name) && ak_content_looks_sealed(body, length)))
      return 0;
    if (!has_pixels && memcmp(name, "IDAT", 4) == 0 && length > 0) {
      has_pixels = length > 1 && (body[0] & 15) == 8 && (body[0] << 8 | body[1]) % 31 == 0;
      if (!has_pixels)
        return 0;
    }
    if (memcmp(name, "IEND", 4) == 0)
      return reader.position;
  }
  return 0;
}

/* Behind the data of a scan that begins at `at`: at the next marker. Source: ITU-T T.81, B.1.1.5. */
static gsize skip_scan(const guint8 *data, gsize size, gsize at) {
  for (;;) {
    const guint8 *mark = at < size ? memchr(data + at, 0xff, size - at) : NULL;
    if (mark == NULL || mark + 1 == data + size)
      return size;
    at = (gsize)(mark - data);
    bool is_data = mark[1] == 0 || (mark[1] >= 0xd0 && mark[1] <= 0xd7); /* a stuffed byte, a restart */
    if (!is_data && mark[1] != 0xff)
      return at;
    at += is_data ? 2 : 1;
  }
}

static bool hides(const guint8 *data, gsize size);

/* Applications' segments and comments are looked at where it is a file's own picture. Source: ITU-T T.81, B.1.1. */
static gsize jpeg_walk(const guint8 *data, gsize size, bool is_strict) {
  AkReader reader = ak_reader_init(data, size);
  guint8 prefix = 0, marker = 0;
  guint16 length = 0;
  bool has_frame = false, has_scan = false;
  if (!begins_with(data, size, 0, "\xff\xd8\xff", 3))
    return 0;
  ak_reader_seek(&reader, 2, NULL);
  while (ak_reader_u8(&reader, &prefix, NULL) && prefix == 0xff && ak_reader_u8(&reader, &marker, NULL)) {
    if (marker == 0xd9)
      return has_frame && has_scan ? reader.position : 0;
    if (marker == 0xff) { /* fills */
      reader.position--;
      continue;
    }
    if (marker < 0xc0 || !ak_reader_u16be(&reader, &length, NULL) || length < 2 ||
        !ak_reader_skip(&reader, length - 2u, NULL) ||
        (is_strict && marker >= 0xe0 && hides(data + reader.position - (length - 2u), length - 2u)))
      return 0;
    has_frame = has_frame || (marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc);
    has_scan = has_scan || marker == 0xda;
    if (marker == 0xda)
      reader.position = skip_scan(data, size, reader.position);
  }
  return 0;
}

static gsize jpeg_size(const guint8 *data, gsize size) {
  return jpeg_walk(data, size, true);
}

#define EMBEDDED 16 /* pictures that are looked for in one place */

/* The next picture in what a file tells besides its own content: previews, covers. 0: none. */
static gsize embedded_size(const guint8 *data, gsize size, const guint8 **at, guint *tries) {
  const guint8 *end = data + size;
  for (const guint8 *from = data; *tries < EMBEDDED && end - from > 8; from = *at + 1, ++*tries) {
    const guint8 *jpeg = memmem(from, (gsize)(end - from), "\xff\xd8\xff", 3), *png = memmem(from, (gsize)(end - from), "\x89PNG", 4);
    *at = png == NULL || (jpeg != NULL && jpeg < png) ? jpeg : png;
    if (*at == NULL)
      return 0;
    gsize left = (gsize)(end - *at), known = *at == png ? png_size(*at, left) : jpeg_walk(*at, left, false);
    if (known > 0)
      return known;
  }
  return 0;
}

/* What a file tells besides its own content: something in it looks packed or encrypted and is no picture. */
static bool hides(const guint8 *data, gsize size) {
  const guint8 *at = NULL;
  guint tries = 0;
  if (!ak_content_looks_sealed(data, size))
    return false;
  for (gsize known = 0; (known = embedded_size(data, size, &at, &tries)) > 0; tries++) {
    if (ak_content_looks_sealed(data, (gsize)(at - data)))
      return true;
    size -= (gsize)(at - data) + known;
    data = at + known;
  }
  return ak_content_looks_sealed(data, size);
}

/* Blocks of at most 255 bytes up to an empty one. */
static bool skip_blocks(AkReader *reader) {
  guint8 length = 0;
  while (ak_reader_u8(reader, &length, NULL) && ak_reader_skip(reader, length, NULL))
    if (length == 0)
      return true;
  return false;
}

static gsize gif_table(guint8 flags) {
  return (flags & 0x80) != 0 ? (gsize)3 << ((flags & 7) + 1) : 0;
}

/* Source: GIF89a specification, 18 to 27. */
static gsize gif_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint8 kind = 0, flags = 0;
  if ((!begins_with(data, size, 0, "GIF87a", 6) && !begins_with(data, size, 0, "GIF89a", 6)) ||
      !ak_reader_seek(&reader, 10, NULL) || !ak_reader_u8(&reader, &flags, NULL) ||
      !ak_reader_skip(&reader, 2 + gif_table(flags), NULL))
    return 0;
  while (ak_reader_u8(&reader, &kind, NULL)) {
    if (kind == 0x3b)
      return reader.position;
    bool is_picture = kind == 0x2c;
    bool ok = is_picture ? ak_reader_skip(&reader, 8, NULL) && ak_reader_u8(&reader, &flags, NULL) &&
                               ak_reader_skip(&reader, gif_table(flags) + 1, NULL)
                         : kind == 0x21 && ak_reader_skip(&reader, 1, NULL);
    gsize from = reader.position;
    if (!ok || !skip_blocks(&reader) || (!is_picture && ak_content_looks_sealed(data + from, reader.position - from)))
      return 0;
  }
  return 0;
}

/* A picture of an icon: PNG, or a bitmap that is as large as its head says; its mask may be left out. Source: [MS-ICO];
 * [MS-WMF], 2.2.2.3. */
static bool is_icon_picture(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 head = 0, width = 0, height = 0;
  guint16 planes = 0, bits = 0;
  if (begins_with(data, size, 0, "\x89PNG", 4))
    return png_size(data, size) > 0;
  if (!ak_reader_u32le(&reader, &head, NULL) || !ak_reader_u32le(&reader, &width, NULL) || !ak_reader_u32le(&reader, &height, NULL) ||
      !ak_reader_u16le(&reader, &planes, NULL) || !ak_reader_u16le(&reader, &bits, NULL) || head != 40 || width > 1024 ||
      height > 2048 || bits > 32)
    return false;
  gsize rows = height / 2, pixels = ((gsize)width * bits + 31) / 32 * 4 * rows, mask = ((gsize)width + 31) / 32 * 4 * rows;
  return size >= head + pixels && size <= head + 1024 + pixels + mask;
}

/* Icons and pointers: a directory, and in each of its places a picture. Source: [MS-ICO], as ImageMagick's coders/icon.c
 * reads it. */
static gsize icon_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint16 zero = 0, kind = 0, count = 0;
  if (!ak_reader_u16le(&reader, &zero, NULL) || !ak_reader_u16le(&reader, &kind, NULL) ||
      !ak_reader_u16le(&reader, &count, NULL) || zero != 0 || (kind != 1 && kind != 2) || count == 0 || count > 64)
    return 0;
  gsize head = 6 + 16 * (gsize)count, end = 0, sum = head;
  for (guint i = 0; i < count; i++) {
    guint32 length = 0, offset = 0;
    if (!ak_reader_skip(&reader, 8, NULL) || !ak_reader_u32le(&reader, &length, NULL) ||
        !ak_reader_u32le(&reader, &offset, NULL) || offset < head || offset > size || length > size - offset ||
        !is_icon_picture(data + offset, length))
      return 0;
    end = MAX(end, (gsize)offset + length);
    sum += length;
  }
  return sum + 64 >= end ? end : 0; /* nothing between them */
}

/* --- sound and film ------------------------------------------------------------------------------
 */

/* Chunks whose content is samples, pixels or frames; the others are looked at. */
static bool is_stream_chunk(const guint8 *name, const guint8 *body, gsize size) {
  static const char names[][5] = {"data", "VP8 ", "VP8L", "ALPH", "ANMF"}, lists[][5] = {"movi", "sdta", "fram"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (memcmp(name, names[i], 4) == 0)
      return true;
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (memcmp(name, "LIST", 4) == 0 && begins_with(body, size, 0, lists[i], 4))
      return true;
  return false;
}

/* Chunks in a form: WAVE, WEBP, AVI, animated pointers, MIDI. Source: Multimedia Programming Interface 1.0, "RIFF". */
static gsize riff_size(const guint8 *data, gsize size) {
  static const char *const forms[] = {"WAVE", "WEBP", "AVI ", "ACON", "RMID", "sfbk"};
  AkReader reader = ak_reader_init(data, size), chunks;
  const guint8 *name = NULL, *body = NULL;
  guint32 length = 0;
  bool is_known = false;
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
    is_known = is_known || begins_with(data, size, 8, forms[i], 4);
  if (!is_known || !begins_with(data, size, 0, "RIFF", 4) || !ak_reader_seek(&reader, 4, NULL) ||
      !ak_reader_u32le(&reader, &length, NULL) || !ak_reader_sub(&reader, length, &chunks, NULL) ||
      !ak_reader_seek(&chunks, 4, NULL))
    return 0;
  while (ak_reader_left(&chunks) >= 8)
    if (!ak_reader_bytes(&chunks, 4, &name, NULL) || !is_name(name) || !ak_reader_u32le(&chunks, &length, NULL) ||
        !ak_reader_bytes(&chunks, length, &body, NULL) || (!is_stream_chunk(name, body, length) && hides(body, length)) ||
        (length % 2 == 1 && ak_reader_left(&chunks) > 0 && !ak_reader_skip(&chunks, 1, NULL)))
      return 0;
  return reader.position;
}

/* A page's checksum is made with its own place zeroed. Source: RFC 3533, 6: CRC-32 with the polynomial 0x04c11db7, the highest bit
 * first. */
static bool is_ogg_page(const guint32 *table, const guint8 *page, gsize size) {
  guint32 crc = 0, told = 0;
  AkReader reader = ak_reader_init(page, size);
  for (gsize i = 0; i < size; i++)
    crc = crc << 8 ^ table[crc >> 24 ^ (i >= 22 && i < 26 ? 0 : page[i])];
  return ak_reader_seek(&reader, 22, NULL) && ak_reader_u32le(&reader, &told, NULL) && crc == told;
}

/* Pages, one behind the other. */
static gsize ogg_size(const guint8 *data, gsize size) {
  guint32 table[256];
  gsize at = 0;
  for (guint32 i = 0; begins_with(data, size, 0, "OggS\0", 5) && i < 256; i++) {
    table[i] = i << 24;
    for (guint bit = 0; bit < 8; bit++)
      table[i] = table[i] << 1 ^ (table[i] >> 31) * 0x04c11db7u;
  }
  while (begins_with(data, size, at, "OggS\0", 5) && size - at >= 27 && size - at - 27 >= data[at + 26]) {
    gsize count = data[at + 26], end = at + 27 + count;
    for (gsize i = 0; i < count; i++)
      end += data[at + 27 + i];
    if (end > size || !is_ogg_page(table, data + at, end - at))
      break;
    at = end;
  }
  return at;
}

/* The head of a frame ends with a checksum of it. Source: RFC 9639, 9.1: a number of one to seven bytes, sizes that do not stand in
 * the first bytes, CRC-8 with the polynomial 7. */
static bool is_flac_frame(const guint8 *data, gsize size) {
  if (size < 16 || data[0] != 0xff || (data[1] & 0xfe) != 0xf8)
    return false;
  guint ones = 0, block = data[2] >> 4, rate = data[2] & 15;
  while (ones < 8 && (data[4] & (0x80 >> ones)) != 0)
    ones++;
  gsize end = 4 + MAX(ones, 1) + (block == 6 ? 1 : block == 7 ? 2 : 0) + (rate == 12 ? 1 : rate == 13 || rate == 14 ? 2 : 0);
  guint8 crc = 0;
  for (gsize i = 0; i < end; i++) {
    crc ^= data[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = (guint8)(crc << 1 ^ ((crc & 0x80) != 0 ? 7 : 0));
  }
  return ones != 1 && ones < 8 && data[end] == crc;
}

/* Blocks of metadata, then frames, which have no length. Source: RFC 9639, 8 and 9.1. */
static gsize flac_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  const guint8 *body = NULL;
  guint8 kind = 0;
  guint32 length = 0;
  if (!begins_with(data, size, 0, "fLaC", 4) || !(begins_with(data, size, 4, "\0\0\0\x22", 4) || begins_with(data, size, 4, "\x80\0\0\x22", 4)))
    return 0;
  ak_reader_seek(&reader, 4, NULL);
  do {
    if (!ak_reader_u8(&reader, &kind, NULL) || !ak_reader_u24be(&reader, &length, NULL) ||
        !ak_reader_bytes(&reader, length, &body, NULL) || hides(body, length))
      return 0;
  } while ((kind & 0x80) == 0);
  return is_flac_frame(data + reader.position, ak_reader_left(&reader)) ? size : 0;
}

/* Bytes of a frame of MPEG audio, or of AAC in ADTS; 0 for none. Source: ISO/IEC 11172-3, 2.4.1.3; 13818-3, 2.4.2.3;
 * 13818-7, 6.2. */
static gsize frame_size(const guint8 *head) {
  static const guint16 rates[2][3][15] = {
      {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448}, /* version 1, layers I to III */
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
       {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}},
      {{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256}, /* versions 2 and 2.5 */
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}};
  static const guint32 samplings[4][3] = {{11025, 12000, 8000}, {0}, {22050, 24000, 16000}, {44100, 48000, 32000}};
  guint version = head[1] >> 3 & 3, layer = head[1] >> 1 & 3, rate = head[2] >> 4, sampling = head[2] >> 2 & 3;
  if (head[0] != 0xff || head[1] < 0xe0)
    return 0;
  if (layer == 0) /* ADTS */
    return head[1] >= 0xf0 && (head[2] >> 2 & 15) < 13 ? (gsize)(head[3] & 3) << 11 | (gsize)head[4] << 3 | head[5] >> 5
                                                       : 0;
  if (version == 1 || rate == 0 || rate == 15 || sampling == 3)
    return 0;
  guint index = 3 - layer, padding = head[2] >> 1 & 1; /* layer 3 is I */
  guint64 bits = rates[version != 3][index][rate] * 1000ull, hertz = samplings[version][sampling];
  if (index == 0)
    return (gsize)(12 * bits / hertz + padding) * 4;
  return (gsize)((index == 2 && version != 3 ? 72 : 144) * bits / hertz + padding);
}

/* Frames of one kind, one behind the other, two at least. */
static gsize frames_size(const guint8 *data, gsize size) {
  gsize at = 0, count = 0;
  while (size - at >= 7 && data[at] == data[0] && (data[at + 1] & 0xfe) == (data[1] & 0xfe) &&
         (data[at + 2] & 0x0c) == (data[2] & 0x0c)) {
    gsize length = frame_size(data + at);
    if (length < 7 || length > size - at)
      break;
    at += length;
    count++;
  }
  return count >= 2 ? at : 0;
}

/* Frames of telephones' sound, of 33 bytes that begin with the same four bits, at least twenty; nothing else is in such a file.
 * Source: RFC 3551, 4.5.8. */
static gsize gsm_size(const guint8 *data, gsize size) {
  if (size < 20 * 33 || size % 33 != 0)
    return 0;
  for (gsize at = 0; at < size; at += 33)
    if (data[at] >> 4 != 0xd)
      return 0;
  return size;
}

/* A tag before the frames. Source: ID3v2.4.0, structure, 3.1. */
static gsize tagged_size(const guint8 *data, gsize size) {
  if (size < 10 || !begins_with(data, size, 0, "ID3", 3) || data[3] < 2 || data[3] > 4 ||
      ((data[6] | data[7] | data[8] | data[9]) & 0x80) != 0)
    return 0;
  gsize tag = 10 + ((gsize)data[6] << 21 | (gsize)data[7] << 14 | (gsize)data[8] << 7 | data[9]);
  for (gsize room = 0; tag < size && data[tag] == 0 && room < 65536; room++) /* fills */
    tag++;
  if (tag >= size || hides(data + 10, tag - 10))
    return 0;
  gsize frames = frames_size(data + tag, size - tag);
  return frames > 0 ? tag + frames : 0;
}

/* Boxes at the top of a file; `is_stream`: what its content is, else it is looked at. */
static bool is_box(const guint8 *name, bool *is_stream) {
  static const char names[][5] = {"mdat", "moov", "jp2c", "idat", "moof", "meta", /* up to here streams, and tables with pictures */
                                  "ftyp", "free", "skip", "wide", "uuid", "mfra", "sidx", "styp", "pdin", "ssix", "prft", "emsg",
                                  "pnot", "jP  ", "jp2h", "jp2i", "xml ", "uinf", "res ", "colr"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (memcmp(name, names[i], 4) == 0) {
      *is_stream = i < 6;
      return true;
    }
  return false;
}

/* Boxes, one behind the other: MP4, QuickTime, HEIF, JPEG 2000. Source: ISO/IEC 14496-12, 4.2 and 4.3; 15444-1, I.5. */
static gsize boxes_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  gsize end = 0;
  bool is_film = begins_with(data, size, 0, "\0\0", 2) && begins_with(data, size, 4, "ftyp", 4) && size >= 16 && data[2] < 4 &&
                 (data[2] << 8 | data[3]) >= 16 && is_name(data + 8);
  if (!is_film && !begins_with(data, size, 0, "\0\0\0\x0cjP  \r\n\x87\n", 12))
    return 0;
  for (;;) {
    const guint8 *name = NULL;
    guint32 narrow = 0;
    guint64 length = 0;
    bool is_stream = false;
    if (!ak_reader_u32be(&reader, &narrow, NULL) || !ak_reader_bytes(&reader, 4, &name, NULL) || !is_box(name, &is_stream))
      return end;
    length = narrow;
    if (narrow == 1 && !ak_reader_u64be(&reader, &length, NULL))
      return end;
    if (narrow == 0) /* up to the end of the file */
      return memcmp(name, "mdat", 4) == 0 || memcmp(name, "jp2c", 4) == 0 ? size : end;
    gsize head = reader.position - end;
    if (length < head || length > size - end || (!is_stream && hides(data + reader.position, (gsize)length - head)) ||
        !ak_reader_seek(&reader, end + (gsize)length, NULL))
      return end;
    end = reader.position;
  }
}

/* A number whose first byte says how long it is; `unknown` where all its bits are set. Source: RFC 8794, 4. */
static bool read_vint(AkReader *reader, guint64 *out, bool *unknown) {
  guint8 first = 0, next = 0;
  guint length = 1;
  if (!ak_reader_u8(reader, &first, NULL) || first == 0)
    return false;
  while ((first & (0x80 >> (length - 1))) == 0)
    length++;
  guint64 value = first & (0xff >> length), most = (1ull << 7 * length) - 1;
  for (guint i = 1; i < length; i++) {
    if (!ak_reader_u8(reader, &next, NULL))
      return false;
    value = value << 8 | next;
  }
  *out = value;
  *unknown = value == most;
  return true;
}

/* Matroska and WebM: a header that names its kind, then a segment. Source: RFC 8794, 11.2; RFC 9559, 5.1. */
static gsize ebml_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size), head;
  guint64 length = 0;
  guint32 id = 0;
  bool unknown = false;
  if (!begins_with(data, size, 0, "\x1a\x45\xdf\xa3", 4) || !ak_reader_seek(&reader, 4, NULL) ||
      !read_vint(&reader, &length, &unknown) || unknown || length > ak_reader_left(&reader) ||
      !ak_reader_sub(&reader, (gsize)length, &head, NULL) ||
      (memmem(head.data, head.size, "\x42\x82\x88matroska", 11) == NULL &&
       memmem(head.data, head.size, "\x42\x82\x84webm", 7) == NULL) ||
      !ak_reader_u32be(&reader, &id, NULL) || id != 0x18538067 || !read_vint(&reader, &length, &unknown))
    return 0;
  /* SeekHead, Info, Tracks, Cluster, Void, CRC-32 */
  static const char *const first[] = {"\x11\x4d\x9b\x74", "\x15\x49\xa9\x66", "\x16\x54\xae\x6b", "\x1f\x43\xb6\x75", "\xec", "\xbf\x84"};
  bool is_known = false;
  for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
    is_known = is_known || begins_with(data, size, reader.position, first[i], strlen(first[i]));
  if (!is_known)
    return 0;
  return unknown || length > ak_reader_left(&reader) ? size : reader.position + (gsize)length;
}

/* --- fonts, documents, keys ----------------------------------------------------------------------
 */

/* Bytes of the directory of a WOFF file, and of its tables; 0 where one is beyond `length`. Source: W3C WOFF 1.0, 5. */
static gsize woff_tables(const guint8 *data, gsize length, guint count) {
  AkReader reader = ak_reader_init(data, length);
  gsize sum = 20u * (gsize)count;
  if (!ak_reader_seek(&reader, 44, NULL))
    return 0;
  for (guint i = 0; i < count; i++) {
    guint32 offset = 0, packed = 0;
    if (!ak_reader_skip(&reader, 4, NULL) || !ak_reader_u32be(&reader, &offset, NULL) || !ak_reader_u32be(&reader, &packed, NULL) ||
        !ak_reader_skip(&reader, 8, NULL) || offset > length || packed > length - offset)
      return 0;
    sum += packed;
  }
  return sum;
}

/* Web fonts say how long they and their parts are; what is between the parts fills up to four bytes. WOFF 2.0 has one packed part,
 * and two to fifteen bytes a table in its directory. Source: W3C WOFF 1.0, 4 and 5; 2.0, 4.1 and 5. */
static gsize woff_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 length = 0, packed = 0, meta = 0, own = 0;
  guint16 tables = 0, reserved = 0;
  bool is_second = begins_with(data, size, 0, "wOF2", 4);
  if ((!is_second && !begins_with(data, size, 0, "wOFF", 4)) || !ak_reader_seek(&reader, 8, NULL) ||
      !ak_reader_u32be(&reader, &length, NULL) || !ak_reader_u16be(&reader, &tables, NULL) ||
      !ak_reader_u16be(&reader, &reserved, NULL) || length > size || length < 48 || tables == 0 || reserved != 0 ||
      !ak_reader_seek(&reader, 20, NULL) || (is_second && !ak_reader_u32be(&reader, &packed, NULL)) ||
      !ak_reader_skip(&reader, 8, NULL) || !ak_reader_u32be(&reader, &meta, NULL) || !ak_reader_skip(&reader, 8, NULL) ||
      !ak_reader_u32be(&reader, &own, NULL))
    return 0;
  gsize count = tables, parts = (gsize)meta + own + (is_second ? 48 + 2 * count + packed : 44 + woff_tables(data, length, tables));
  gsize room = is_second ? 13 * count + 12 : 4 * count + 12;
  return parts <= length && parts + room >= length && own < 1024 ? length : 0;
}

/* Outside of the streams of a document its objects are texts. Source: ISO 32000-1, 7.3.8. */
static bool hides_between(const guint8 *data, gsize size) {
  static const char begin[] = "stream", end[] = "endstream";
  const guint8 *at = data, *stop = data + size;
  while (at < stop) {
    const guint8 *next = memmem(at, (gsize)(stop - at), begin, sizeof begin - 1);
    if (ak_content_looks_sealed(at, (gsize)((next != NULL ? next : stop) - at)))
      return true;
    const guint8 *last = next != NULL ? memmem(next, (gsize)(stop - next), end, sizeof end - 1) : NULL;
    if (last == NULL)
      return false;
    at = last + sizeof end - 1;
  }
  return false;
}

/* A document ends with its mark. Source: ISO 32000-1, 7.5.2 and 7.5.5. */
static gsize pdf_size(const guint8 *data, gsize size) {
  if (size < 16 || !begins_with(data, size, 0, "%PDF-", 5) || !g_ascii_isdigit(data[5]) || data[6] != '.')
    return 0;
  for (gsize end = size; end >= 5; end--)
    if (data[end - 1] == 'F' && memcmp(data + end - 5, "%%EOF", 5) == 0)
      return hides_between(data, end) ? 0 : end;
  return 0;
}

/* An attribute of a user: one subpacket of type 1 with a picture behind 16 bytes. Source: RFC 9580, 5.12. */
static bool is_photo(const AkReader *body) {
  gsize at = body->size == 0 ? 0 : body->data[0] < 192 ? 1 : body->data[0] < 255 ? 2 : 5;
  return at > 0 && body->size > at + 17 && body->data[at] == 1 &&
         jpeg_size(body->data + at + 17, body->size - at - 17) == body->size - at - 17;
}

/* Rings of public keys and signatures by them; nothing that is secret, packed or encrypted. Source: RFC 9580, 5; tags 2
 * signature, 6 public key, 12 trust, 13 user, 14 subkey, 17 attribute. */
static gsize keys_size(const guint8 *data, gsize size) {
  static const struct {
    guint tag;
    gsize most; /* bytes of the body; of signatures by hundreds of others on a key each is one */
  } tags[] = {{2, 8192}, {6, 4096}, {12, 64}, {13, 4096}, {14, 4096}};
  AkReader reader = ak_reader_init(data, size);
  AkPgpPacket packet = {0};
  gsize end = 0;
  while (ak_pgp_packet_read(&reader, &packet) && !packet.is_open) {
    const AkReader *body = &packet.body;
    bool is_known = packet.tag == 17 && is_photo(body), has_version = packet.tag == 2 || packet.tag == 6 || packet.tag == 14;
    for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
      is_known = is_known || (packet.tag == tags[i].tag && body->size <= tags[i].most);
    if (!is_known || (end == 0 && packet.tag != 2 && packet.tag != 6) ||
        (has_version && (body->size == 0 || body->data[0] < 2 || body->data[0] > 6)))
      return end;
    end = reader.position;
  }
  return end;
}

/* A value of the kind `tag` in DER, over which is stepped. Source: X.690, 8.1.3. */
static bool skip_value(AkReader *reader, guint8 tag) {
  guint8 kind = 0, first = 0, narrow = 0;
  guint16 wide = 0;
  if (!ak_reader_u8(reader, &kind, NULL) || kind != tag || !ak_reader_u8(reader, &first, NULL))
    return false;
  if (first < 0x80)
    return ak_reader_skip(reader, first, NULL);
  if (first == 0x81)
    return ak_reader_u8(reader, &narrow, NULL) && ak_reader_skip(reader, narrow, NULL);
  return first == 0x82 && ak_reader_u16be(reader, &wide, NULL) && ak_reader_skip(reader, wide, NULL);
}

/* A certificate: what is signed, which begins with its version and number; how; the signature, and nothing more.
 * Source: RFC 5280, 4.1. */
static gsize certificate_size(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size), inner;
  guint16 whole = 0;
  if (!begins_with(data, size, 0, "\x30\x82", 2) || !begins_with(data, size, 4, "\x30\x82", 2) ||
      !begins_with(data, size, 8, "\xa0\x03\x02\x01\x02\x02", 6) || !ak_reader_seek(&reader, 2, NULL) ||
      !ak_reader_u16be(&reader, &whole, NULL) || !ak_reader_sub(&reader, whole, &inner, NULL) ||
      !skip_value(&inner, 0x30) || !skip_value(&inner, 0x30) || !skip_value(&inner, 0x03))
    return 0;
  return ak_reader_left(&inner) == 0 ? reader.position : 0;
}

gsize ak_known_kind_size(const guint8 *data, gsize size) {
  static gsize (*const kinds[])(const guint8 *, gsize) = {
      png_size,    jpeg_size,  gif_size,  icon_size, riff_size, ogg_size,  flac_size,       frames_size,
      gsm_size,    tagged_size, boxes_size, ebml_size, woff_size, pdf_size,  keys_size, certificate_size};
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    gsize known = kinds[i](data, size);
    if (known > 0)
      return known;
  }
  return 0;
}

gsize ak_known_kinds_size(const guint8 *data, gsize size) {
  gsize at = 0;
  for (gsize known = 1; known > 0 && at < size; at += known)
    known = ak_known_kind_size(data + at, size - at);
  return at;
}

bool ak_firmware_known_kind_fuzz(const guint8 *data, gsize size) {
  gsize known = ak_known_kind_size(data, size);
  g_assert_cmpuint(known, <=, size);
  return known > 0;
}
