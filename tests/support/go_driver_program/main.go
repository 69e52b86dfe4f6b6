// Asks a ClickHouse over HTTP with the Go driver, opened as Grafana's data source opens it.
//
// Arguments: address, database, compression. Reads queries from standard input, each a line of
// JSON, and answers each with a line: columns, types and rows, or an error.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"reflect"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

type answer struct {
	Columns []string `json:"columns"`
	Types   []string `json:"types"`
	Rows    [][]any  `json:"rows"`
	Error   string   `json:"error"`
}

var methods = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone,
	"gzip": clickhouse.CompressionGZIP,
	"lz4":  clickhouse.CompressionLZ4,
}

func main() {
	db := clickhouse.OpenDB(&clickhouse.Options{
		Addr:        []string{os.Args[1]},
		Auth:        clickhouse.Auth{Database: os.Args[2], Username: "grafana", Password: "any"},
		Compression: &clickhouse.Compression{Method: methods[os.Args[3]]},
		DialTimeout: 10 * time.Second,
		ReadTimeout: 60 * time.Second,
		Protocol:    clickhouse.HTTP,
		Settings:    clickhouse.Settings{},
	})
	defer db.Close()
	if err := db.PingContext(context.Background()); err != nil {
		log.Fatal(err)
	}
	questions := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := questions.ReadBytes('\n')
		if err != nil {
			return
		}
		var query string
		if err := json.Unmarshal(line, &query); err != nil {
			log.Fatal(err)
		}
		found, err := ask(db, query)
		if err != nil {
			found = answer{Error: err.Error()}
		}
		if err := answers.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}

// The time limit becomes the setting max_execution_time.
func ask(db *sql.DB, query string) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return answer{}, err
	}
	defer rows.Close()
	found := answer{Rows: [][]any{}, Types: []string{}}
	if found.Columns, err = rows.Columns(); err != nil {
		return answer{}, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return answer{}, err
	}
	for _, column := range types {
		found.Types = append(found.Types, column.DatabaseTypeName())
	}
	for rows.Next() {
		values := make([]any, len(types))
		for place := range values {
			values[place] = reflect.New(types[place].ScanType()).Interface()
		}
		if err := rows.Scan(values...); err != nil {
			return answer{}, err
		}
		for place, value := range values {
			values[place] = plain(reflect.ValueOf(value))
		}
		found.Rows = append(found.Rows, values)
	}
	return found, rows.Err()
}

// What JSON can say of a value.
func plain(value reflect.Value) any {
	if !value.IsValid() {
		return nil
	}
	switch known := value.Interface().(type) {
	case time.Time:
		return known.UTC()
	case json.Marshaler, fmt.Stringer:
		if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() == reflect.Struct {
			return known
		}
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		return plain(value.Elem())
	case reflect.Float32, reflect.Float64:
		if math.IsNaN(value.Float()) || math.IsInf(value.Float(), 0) {
			return nil
		}
	case reflect.Slice:
		list := make([]any, value.Len())
		for place := range list {
			list[place] = plain(value.Index(place))
		}
		return list
	case reflect.Map:
		members := map[string]any{}
		for _, key := range value.MapKeys() {
			members[fmt.Sprint(plain(key))] = plain(value.MapIndex(key))
		}
		return members
	}
	return value.Interface()
}
