{{- define "slipway.selector" -}}
app.kubernetes.io/name: slipway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "slipway.labels" -}}
{{ include "slipway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "slipway.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "slipway.pod" -}}
# Links would set SLIPWAY_PORT to an address.
enableServiceLinks: false
automountServiceAccountToken: false
# Running calls to clouds get 20 s to end.
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: key
    secret:
      secretName: {{ .Values.secret | quote }}
      defaultMode: 0440
      items: [{ key: key, path: key }]
  - name: state
    emptyDir: {}
{{- end }}

{{- define "slipway.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
env:
  - name: DATABASE_URL
    valueFrom:
      secretKeyRef: { name: {{ .Values.secret | quote }}, key: DATABASE_URL }
  - name: SLIPWAY_KEY_FILE
    value: /run/secrets/slipway/key
  - name: SLIPWAY_METRICS_HOST
    value: 0.0.0.0
  - name: SLIPWAY_METRICS_PORT
    value: "9464"
  - name: SLIPWAY_URL_PUBLIC
    value: {{ .Values.publicUrl | quote }}
  - name: OTEL_EXPORTER_OTLP_ENDPOINT
    value: {{ .Values.tracesTo | quote }}
  {{- range .Values.env }}
  - {{ toJson . }}
  {{- end }}
volumeMounts:
  - name: key
    mountPath: /run/secrets/slipway
    readOnly: true
  - name: state
    mountPath: /var/lib/slipway
{{- end }}
