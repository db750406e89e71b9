/* make_files FOLDER: files that are meant to take all memory or time of the program that reads them. tests/hostile-files
 * reads them with mood. They are the same every time; the large ones are sparse. */
#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>
#include <zip.h>
#include <zlib.h>

#define MIB (1 << 20)

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static FILE *create(const char *name) {
    FILE *file = fopen(name, "wb");
    if (!file)
        fail(name);
    return file;
}

static void finish(FILE *file, const char *name) {
    if (ferror(file) | fclose(file))
        fail(name);
}

static void write_file(const char *name, const char *bytes, size_t size) {
    FILE *file = create(name);
    fwrite(bytes, 1, size, file);
    finish(file, name);
}

/* ---- hash tables ------------------------------------------------------------------------------------- */

#define WORDS 100000
typedef char word[11];

/* The next word of ten letters after *number that falls into the first of 256 buckets by uthash's own hash. */
static void next_word(unsigned long *number, word text) {
    unsigned hash;
    do {
        unsigned long left = ++*number;
        for (int i = 0; i < 10; i++, left /= 26)
            text[i] = (char)('a' + left % 26);
        text[10] = '\0';
        HASH_JEN(text, 10, hash);
    } while (hash % 256 != 0);
}

/* WORDS such words. */
static const word *colliding_words(void) {
    static word words[WORDS];
    unsigned long number = 0;
    if (!*words[0])
        for (int i = 0; i < WORDS; i++)
            next_word(&number, words[i]);
    return words;
}

static void write_dict(FILE *file, const char *name, const char *value, int by_index) {
    const word *words = colliding_words();
    fprintf(file, ", \"%s\": \"{", name);
    for (int i = 1; i <= WORDS; i++) {
        fputs(i > 1 ? ", " : "", file);
        if (by_index)
            fprintf(file, "\\\"%d\\\": \\\"%s\\\"", i, words[i - 1]);
        else
            fprintf(file, "\\\"%s\\\": %s", words[i - 1], value);
    }
    fputs("}\"", file);
}

static void tokenizer_of_colliding_words(void) {
    FILE *file = create("collide.json");
    fputs("{\"class_name\": \"Tokenizer\", \"config\": {\"num_words\": 100, \"filters\": \"\", \"lower\": true, "
          "\"split\": \" \", \"char_level\": false, \"oov_token\": null, \"document_count\": 1",
          file);
    write_dict(file, "word_counts", "1", 0);
    write_dict(file, "word_docs", "1", 0);
    fputs(", \"index_docs\": \"{}\"", file);
    write_dict(file, "index_word", NULL, 1);
    write_dict(file, "word_index", "1", 0);
    fputs("}}\n", file);
    finish(file, "collide.json");
}

static void labels_that_collide(void) {
    FILE *file = create("collide.csv");
    fputs("text,label\n", file);
    for (int i = 0; i < WORDS; i++)
        fprintf(file, "fine,%s\n", colliding_words()[i]);
    finish(file, "collide.csv");
}

/* As many labels as rows, twice. */
static void many_labels(void) {
    FILE *file = create("labels.csv");
    fputs("text,label\n", file);
    for (int i = 0; i < 200000; i++)
        fprintf(file, "fine,%d\n", i / 2);
    finish(file, "labels.csv");
}

/* One label in 200000 spellings. */
static void one_label_in_many_spellings(void) {
    FILE *file = create("spellings.csv");
    fputs("text,label\n", file);
    for (int i = 0; i < 200000; i++) {
        char label[] = "abcdefghijklmnopqr";
        for (int bit = 0; bit < 18; bit++)
            label[bit] = i >> bit & 1 ? (char)(label[bit] - 'a' + 'A') : label[bit];
        fprintf(file, "text,%s\n", label);
    }
    finish(file, "spellings.csv");
}

/* One row with 300000 labels; and rows without a label, of which each takes as many numbers as there are labels. */
static void make_several_labels(void) {
    FILE *file = create("several.csv");
    fputs("text,label\nfine,0", file);
    for (int i = 1; i < 300000; i++)
        fprintf(file, "|%d", i);
    finish(file, "several.csv");
    file = create("beside.csv");
    fprintf(file, "text,label\nfine,a|%05000d\nfine,a|%05000d\n", 1, 1);
    finish(file, "beside.csv");
    file = create("targets.csv");
    fputs("text,label\n", file);
    for (int i = 0; i < 20000; i++)
        fprintf(file, "fine,%d|%d\n", i, (i + 1) % 20000);
    for (int i = 0; i < 300000; i++)
        fputs("fine,\n", file);
    finish(file, "targets.csv");
}

/* ---- zips -------------------------------------------------------------------------------------------- */

static void put16(FILE *file, unsigned value) {
    fputc((int)(value & 255), file);
    fputc((int)(value >> 8 & 255), file);
}

static void put32(FILE *file, unsigned long value) {
    put16(file, (unsigned)(value & 0xFFFF));
    put16(file, (unsigned)(value >> 16 & 0xFFFF));
}

/* A member's header, in its place or in the directory; its content is stored. */
static void put_header(FILE *file, const char *name, unsigned long size, int directory, unsigned long offset) {
    put32(file, directory ? 0x02014b50 : 0x04034b50);
    if (directory)
        put16(file, 20);
    put16(file, 20);
    put16(file, 0);
    put16(file, 0);
    put32(file, 0x00210000); /* 1980-01-01 */
    put32(file, 0);          /* checksum */
    put32(file, size);
    put32(file, size);
    put16(file, (unsigned)strlen(name));
    put16(file, 0);
    for (int i = 0; directory && i < 5; i++)
        put16(file, 0);
    if (directory)
        put32(file, offset);
    fputs(name, file);
}

static void put64(FILE *file, unsigned long value) {
    put32(file, value);
    put32(file, 0);
}

/* Zip64's last record with the true count, and its locator. */
static void put_large_end(FILE *file, unsigned count, unsigned long start) {
    unsigned long place = (unsigned long)ftello(file);
    put32(file, 0x06064b50);
    put64(file, 44);
    put16(file, 45);
    put16(file, 45);
    put64(file, 0);
    put64(file, count);
    put64(file, count);
    put64(file, place - start);
    put64(file, start);
    put32(file, 0x07064b50);
    put32(file, 0);
    put64(file, place);
    put32(file, 1);
}

/* size is the directory's. */
static void put_end(FILE *file, unsigned count, unsigned long start, unsigned long size) {
    put32(file, 0x06054b50);
    put32(file, 0);
    put16(file, count);
    put16(file, count);
    put32(file, size);
    put32(file, start);
    put16(file, 0);
}

/* "Ab" and "BA" are the same to a hash that multiplies by 33, as libzip's does. */
static void colliding_name(unsigned number, char name[33]) {
    for (int i = 0; i < 16; i++)
        memcpy(name + 2 * i, number >> i & 1 ? "Ab" : "BA", 2);
    name[32] = '\0';
}

/* large: the count stands in Zip64's record, and the ordinary one says 1. */
static void zip_of_colliding_names(const char *path, int large) {
    const unsigned count = 60000;
    FILE *file = create(path);
    char name[33];
    for (unsigned i = 0; i < count; i++) {
        colliding_name(i, name);
        put_header(file, name, 0, 0, 0);
    }
    unsigned long start = (unsigned long)ftello(file);
    for (unsigned i = 0; i < count; i++) {
        colliding_name(i, name);
        put_header(file, name, 0, 1, 62ul * i);
    }
    unsigned long size = (unsigned long)ftello(file) - start;
    if (large)
        put_large_end(file, count, start);
    put_end(file, large ? 1 : count, start, size);
    finish(file, path);
}

/* Weights of 3 GiB that are a hole in the file. */
static void zip_of_a_hole(void) {
    const char *name = "model.weights.h5";
    const unsigned long size = 3072ul * MIB;
    FILE *file = create("hole.keras");
    put_header(file, name, size, 0, 0);
    if (fseeko(file, (off_t)size, SEEK_CUR) != 0)
        fail("hole.keras");
    unsigned long start = (unsigned long)ftello(file);
    put_header(file, name, size, 1, 0);
    put_end(file, 1, start, (unsigned long)ftello(file) - start);
    finish(file, "hole.keras");
}

/* ---- holes and bombs --------------------------------------------------------------------------------- */

static void sparse(const char *name, const char *start, off_t size) {
    write_file(name, start, strlen(start));
    if (truncate(name, size) != 0)
        fail(name);
}

static void gzip_of_a_field(void) {
    static char spaces[MIB];
    gzFile file = gzopen("field.csv.gz", "wb1");
    if (!file)
        fail("field.csv.gz");
    memset(spaces, ' ', sizeof spaces);
    gzputs(file, "text,label\ngood,1\nbad,0\n\"");
    for (int i = 0; i < 400; i++)
        gzwrite(file, spaces, sizeof spaces);
    if (gzclose(file) != Z_OK)
        fail("field.csv.gz");
}

/* The bytes of a file; new. */
static char *read_file(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    char *bytes = malloc(MIB);
    if (!file || !bytes)
        fail(name);
    *size = fread(bytes, 1, MIB, file);
    finish(file, name);
    return bytes;
}

/* Compressing takes much longer than writing, so a file of many rows is the same stream of rows many times. */
static void repeat_stream(const char *name, const char *stream, size_t size, int times) {
    FILE *file = create(name);
    for (int i = 0; i < times; i++)
        fwrite(stream, 1, size, file);
    finish(file, name);
}

/* 1.3 GB of rows, none of which is too long. */
static void gzip_of_many_fields(const char *rows, size_t size) {
    gzFile file = gzopen("rows.csv.gz", "wb1");
    size_t packed;
    if (!file || gzwrite(file, rows, (unsigned)size) != (int)size || gzclose(file) != Z_OK)
        fail("rows.csv.gz");
    char *stream = read_file("rows.csv.gz", &packed);
    repeat_stream("rows.csv.gz", stream, packed, 130);
    free(stream);
}

/* A header and count rows of 1 MiB; new. */
static char *rows_of_spaces(int count, size_t *size) {
    size_t most = (size_t)(count + 1) * MIB;
    char *rows = malloc(most);
    if (!rows)
        fail("rows");
    memset(rows, ' ', most);
    *size = (size_t)sprintf(rows, "text,label\n");
    for (int i = 0; i < count; i++) {
        rows[*size] = 'x';
        *size += MIB;
        *size += (size_t)sprintf(rows + *size, ",%d\n", i % 2);
        if (*size < most)
            rows[*size] = ' ';
    }
    return rows;
}

static void zip_of_rows(void) {
    size_t size;
    char *rows = rows_of_spaces(300, &size);
    int code;
    zip_t *zip = zip_open("rows.zip", ZIP_CREATE | ZIP_TRUNCATE, &code);
    zip_source_t *source = zip ? zip_source_buffer(zip, rows, size, 0) : NULL;
    if (!source || zip_file_add(zip, "rows.csv", source, 0) < 0 || zip_close(zip) != 0)
        fail("rows.zip");
    free(rows);
}

/* Files of less than 1 MiB, except the first, that unpack to 300 MiB or more. */
static void bombs_of_rows(void) {
    static char packed[MIB];
    size_t size, written = 0;
    char *rows = rows_of_spaces(10, &size);
    unsigned used = sizeof packed;
    gzip_of_many_fields(rows, size);
    if (BZ2_bzBuffToBuffCompress(packed, &used, rows, (unsigned)size, 9, 0, 0) != BZ_OK)
        fail("rows.bz2");
    repeat_stream("rows.bz2", packed, used, 30);
    if (lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, (const uint8_t *)rows, size, (uint8_t *)packed, &written,
                                sizeof packed) != LZMA_OK)
        fail("rows.xz");
    repeat_stream("rows.xz", packed, written, 30);
    free(rows);
    zip_of_rows();
}

static void repeat(const char *name, const char *start, char byte, size_t count) {
    static char bytes[MIB];
    FILE *file = create(name);
    memset(bytes, byte, sizeof bytes);
    fputs(start, file);
    for (size_t i = 0; i < count; i += sizeof bytes)
        fwrite(bytes, 1, sizeof bytes, file);
    finish(file, name);
}

int main(int argc, char **argv) {
    if (argc != 2 || chdir(argv[1]) != 0)
        return 2;
    tokenizer_of_colliding_words();
    labels_that_collide();
    many_labels();
    one_label_in_many_spellings();
    make_several_labels();
    zip_of_colliding_names("collide.keras", 0);
    zip_of_colliding_names("collide-zip64.keras", 1);
    zip_of_a_hole();
    sparse("sparse.keras", "", (off_t)6 << 30);
    sparse("sparse-zip.keras", "PK\x03\x04", (off_t)6 << 30);
    sparse("sparse.json", "", (off_t)200 * MIB);
    sparse("sparse.properties", "model=x.keras\n", (off_t)2 << 30);
    sparse("large.json", "{", (off_t)6 << 30);
    gzip_of_a_field();
    bombs_of_rows();
    repeat("line.txt", "", 'a', 100 * MIB);
    repeat("commas.csv", "text", ',', 40 * MIB);
    repeat("brackets.json", "", '[', 16 * MIB);
    repeat("object.jsonl", "{\"text\":", '[', 16 * MIB);
    repeat("line.jsonl", "{\"text\":\"", 'x', 100 * MIB);
    repeat("labels.txt", "__label__x ", 'x', 100 * MIB);
    repeat("row.csv", "", 'x', 40 * MIB);
    write_file("old.keras", "\x89HDF\r\n\x1a\n", 8);
    write_file("packed.keras", "\x1f\x8b\x08\0", 4);
    write_file("pickle.json", "\x80\x04\x95\x10", 4);
    write_file("text.keras", "text,label\ngood,1\n", 18);
    write_file("nul.properties", "batch=7\n\0model=x.keras\n", 23);
    return 0;
}
