// Renders the templates of a chart as helm does, with Go's own language for them and the functions of sprig. Standard input: {"templates": {path: text},
// "context": {"Values", "Release", "Chart"}}; standard output: {path: text}, without those whose names begin with "_". What helm has beside sprig is `include`
// and `toJson`, which is sprig's too; templates of the chart use nothing else.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
)

func main() {
	log.SetFlags(0)
	var given struct {
		Templates map[string]string      `json:"templates"`
		Context   map[string]interface{} `json:"context"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		log.Fatal(err)
	}
	all := template.New("chart").Option("missingkey=error")
	functions := sprig.TxtFuncMap()
	functions["include"] = func(name string, about interface{}) (string, error) {
		var text strings.Builder
		err := all.ExecuteTemplate(&text, name, about)
		return text.String(), err
	}
	all.Funcs(functions)
	for name, text := range given.Templates {
		if _, err := all.New(name).Parse(text); err != nil {
			log.Fatal(err)
		}
	}
	rendered := map[string]string{}
	for name := range given.Templates {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		var text strings.Builder
		if err := all.ExecuteTemplate(&text, name, given.Context); err != nil {
			log.Fatal(err)
		}
		rendered[name] = text.String()
	}
	if err := json.NewEncoder(os.Stdout).Encode(rendered); err != nil {
		log.Fatal(err)
	}
}
